import { expect, test } from 'vitest'
import { planClean } from './clean-plan.ts'
import type { ImageState } from './prune-images.ts'

const down = (name: string) => [
  'docker',
  'compose',
  '--progress',
  'plain',
  '--project-name',
  name,
  'down',
  '--remove-orphans',
]
const labels = { 'org.dartagnan': 'application' }
const image = (id: string, tags: string[], over = {}): ImageState => ({
  ...{ id: `sha256:${id}`, tags, labels, created: 1, size: 1, inUse: false, ...over },
})
const argvs = (running: string[], images: ImageState[], needed: string[] = [], blind = false) =>
  planClean('p', 'r', running, { images, needed: new Set(needed), blind }).map(({ argv }) => argv)

test('containers go, of the project and of its dev twin, and no volume', () => {
  expect(argvs(['p', 'p-dev'], [])).toEqual([down('p'), down('p-dev')])
})

test('images that no version names go; versions, and tags of other repositories, stay', () => {
  const images = [
    image('1', ['r:1.0.0', 'r:build-1.0.0', 'r:latest']),
    image('2', []),
    image('3', ['r:dev', 'other:build-1.0.0']),
    image('needed', []),
    image('of-another', [], { labels: { 'org.dartagnan': 'image', 'org.dartagnan.project': 'q' } }),
    image('not-ours', [], { labels: {} }),
  ]
  expect(argvs([], images, ['sha256:needed'])).toEqual([
    ['docker', 'image', 'rm', 'r:build-1.0.0', 'sha256:2', 'r:dev'],
  ])
})

test('an image without a tag must stay while a release cannot be read, which may need it', () => {
  const images = [image('1', ['r:build-1.0.0']), image('2', [])]
  expect(argvs(['p'], images, [], true)).toEqual([down('p'), ['docker', 'image', 'rm', 'r:build-1.0.0']])
})

test('nothing to remove is no step', () => {
  expect(argvs([], [image('1', ['r:1.0.0'])])).toEqual([])
})

test('a build of another service that no version names goes; the same name of another project stays', () => {
  const built = { labels: { ...labels, 'org.dartagnan.build': 'worker' } }
  const images = [image('1', ['r-worker:build-2', 'r-worker:1.0.0'], built), image('2', ['r-worker:build-3'])]
  expect(argvs([], images)).toEqual([['docker', 'image', 'rm', 'r-worker:build-2']])
})
