import { expect, test } from 'vitest'
import { planClean } from './clean-plan.ts'

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
const argvs = (...args: Parameters<typeof planClean>) => planClean(...args).map(({ argv }) => argv)

test('containers go, of the project and of its dev twin, and no volume', () => {
  expect(argvs('p', 'r', ['p', 'p-dev'], [])).toEqual([down('p'), down('p-dev')])
})

test('images that no version names go; versions, and tags of other repositories, stay', () => {
  const images = [
    { id: 'sha256:1', tags: ['r:1.0.0', 'r:build-1.0.0', 'r:latest'] },
    { id: 'sha256:2', tags: [] },
    { id: 'sha256:3', tags: ['r:dev', 'other:build-1.0.0'] },
  ]
  expect(argvs('p', 'r', [], images)).toEqual([['docker', 'image', 'rm', 'r:build-1.0.0', 'sha256:2', 'r:dev']])
})

test('nothing to remove is no step', () => {
  expect(argvs('p', 'r', [], [{ id: 'sha256:1', tags: ['r:1.0.0'] }])).toEqual([])
})
