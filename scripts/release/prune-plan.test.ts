import { expect, test } from 'vitest'
import type { ReleaseEntry } from './history.ts'
import { type ImageState, isOfRun, type Removal } from './prune-images.ts'
import { imageCommands, type Observed, planPrune } from './prune-plan.ts'

const settings = { PROJECT: 'p', IMAGE_REPOSITORY: 'r', KEEP: 2 }
const deployed = (version: string, over: Partial<ReleaseEntry> = {}): ReleaseEntry => ({
  outcome: 'deployed',
  target: 'deploy',
  version,
  revision: '',
  image: `sha256:${version}`,
  release: `release-${version}`,
  from: '',
  by: 'athos',
  at: '2026-01-01T00:00:00Z',
  ms: 1,
  cut: 0,
  held: 0,
  because: '',
  ...over,
})
const image = (name: string, tags: string[], over: Partial<ImageState> = {}): ImageState => ({
  id: `sha256:${name}`,
  tags,
  labels: { 'org.dartagnan': 'application' },
  created: 100,
  size: 7,
  inUse: false,
  ...over,
})
const app = (version: string, over: Partial<ImageState> = {}) =>
  image(version, [`r:${version}`, `r:build-${version}`], over)
const proxy = (tag: string, over: Partial<ImageState> = {}) =>
  image(tag, [`dartagnan/proxy:${tag}`], { labels: { 'org.dartagnan': 'image' }, ...over })
const [OLD, NOW, NEXT] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb', 'cccccccccccc'] as const
const file = (version: string, ...images: string[]) => ({
  id: `release-${version}`,
  bytes: 3,
  images: [`sha256:${version}`, ...images],
})

const nothing: Observed = {
  entries: [],
  images: [],
  releases: [],
  evidence: [],
  current: [],
  elsewhere: [],
  blind: false,
  retired: [],
}
const plan = (over: Partial<Observed>, more = {}) => planPrune({ ...settings, ...more }, { ...nothing, ...over })
const namesOf = (removals: readonly Removal[]) => removals.map(({ what, name }) => `${what} ${name}`)
const pruned = (...args: Parameters<typeof plan>) => namesOf(plan(...args))

const three = ['1.0.0', '1.1.0', '1.2.0']
const history = three.map((version) => deployed(version))

test('the last KEEP good releases must stay, the current one among them, and older ones go with image and file', () => {
  const observed = {
    entries: history,
    images: three.map((version) => app(version)),
    releases: three.map((version) => file(version)),
  }
  expect(plan(observed)).toEqual([
    {
      what: 'image',
      id: 'sha256:1.0.0',
      name: 'r:1.0.0',
      references: ['r:build-1.0.0', 'r:1.0.0'],
      bytes: 7,
      because: 'older than the good releases kept (KEEP=2)',
    },
    {
      what: 'release',
      id: 'release-1.0.0',
      name: '1.0.0 (release-1.0.0)',
      references: [],
      bytes: 3,
      because: 'older than the good releases kept (KEEP=2)',
    },
  ])
  expect(pruned(observed, { KEEP: 1 })).toEqual([
    'image r:1.0.0',
    'image r:1.1.0',
    'release 1.0.0 (release-1.0.0)',
    'release 1.1.0 (release-1.1.0)',
  ])
})

test('where there are fewer good releases than KEEP, all must stay', () => {
  const observed = {
    entries: history,
    images: three.map((name) => app(name)),
    releases: three.map((name) => file(name)),
  }
  expect(plan(observed, { KEEP: 3 })).toEqual([])
  expect(plan(observed, { KEEP: 1000 })).toEqual([])
})

test('nothing on the engine and in the ledger must be no step', () => {
  expect(plan({})).toEqual([])
  expect(imageCommands([])).toEqual([])
})

test('what is deployed again must count as new: it is the order of the last deploys that decides', () => {
  expect(pruned({ entries: [...history, deployed('1.0.0')], images: three.map((name) => app(name)) })).toEqual([
    'image r:1.1.0',
  ])
})

test('what was rolled back from must stay until something else is deployed, and then go, though it is the newest', () => {
  const back = deployed('1.1.0', { target: 'rollback', from: 'release-1.2.0' })
  const images = three.map((name) => app(name))
  const releases = three.map((name) => file(name))
  expect(plan({ entries: [...history, back], images, releases })).toEqual([])
  const removals = plan({
    entries: [...history, back, deployed('1.1.0')],
    images,
    releases,
  })
  expect(removals.map(({ name, because }) => `${name}: ${because}`)).toEqual([
    'r:1.2.0: rolled back from',
    '1.2.0 (release-1.2.0): rolled back from',
  ])
})

test('an image must stay while one good release of it is kept, though others of it go', () => {
  const entries = [deployed('1.0.0'), deployed('1.1.0'), deployed('1.0.0', { release: 'other-settings' })]
  const releases = [file('1.0.0'), file('1.1.0'), { ...file('1.0.0'), id: 'other-settings' }]
  expect(pruned({ entries, images: [app('1.0.0'), app('1.1.0')], releases })).toEqual(['release 1.0.0 (release-1.0.0)'])
})

test('an image that a container uses must stay with all its tags, whatever the history says', () => {
  const images = [app('1.0.0', { inUse: true }), image('dev', ['r:dev'], { inUse: true })]
  expect(plan({ entries: history, images })).toEqual([])
  expect(plan({ images: [image('x', [], { inUse: true }), proxy(OLD, { inUse: true })] })).toEqual([])
})

test('all tags of the image of a kept release must stay', () => {
  expect(
    plan({ entries: history, images: [image('1.2.0', ['r:1.2.0', 'r:1.2', 'r:latest', 'r:build-1.2.0'])] }),
  ).toEqual([])
})

test('every image that a kept release names must stay, such as that of a service beside the application', () => {
  const worker = image('worker', ['r:0.1.0-worker'])
  const images = [worker, app('1.0.0'), app('1.2.0')]
  const releases = (version: string) => [file(version, worker.id)]
  expect(pruned({ entries: history, images, releases: releases('1.2.0') }, { KEEP: 1 })).not.toContain(
    'image r:0.1.0-worker',
  )
  const entries = [...history, deployed('0.1.0-worker', { image: worker.id }), deployed('1.2.0')]
  expect(pruned({ entries, images, releases: releases('1.0.0') }, { KEEP: 1 })).toContain('image r:0.1.0-worker')
})

test('of versions never deployed, the newest KEEP must stay by their order, not by that of their text', () => {
  const versions = ['1.9.0', '1.10.0', '1.10.1-dev.2.gabc', '1.10.1-dev.10.gabc']
  const images = versions.map((version) => image(version, [`r:${version}`]))
  expect(plan({ images }).map(({ name, because }) => `${name}: ${because}`)).toEqual([
    'r:1.9.0: never went live, and older than those kept (KEEP=2)',
    'r:1.10.0: never went live, and older than those kept (KEEP=2)',
  ])
})

test('a version just tagged must stay though KEEP newer ones have been deployed', () => {
  const images = [...three.map((name) => app(name)), image('0.9.9', ['r:0.9.9', 'r:0.9'])]
  expect(pruned({ entries: history, images })).toEqual(['image r:1.0.0'])
  expect(pruned({ entries: history, images }, { KEEP: 1 })).toEqual(['image r:1.0.0', 'image r:1.1.0'])
})

test('a version whose deploy has failed must count as never deployed: it may be tried again', () => {
  const entries = [...history, deployed('1.3.0', { outcome: 'rolled back' })]
  const observed = { entries, images: [image('1.3.0', ['r:1.3.0'])], releases: [file('1.3.0')] }
  const [release, ...more] = plan(observed)
  expect(release).toMatchObject({ what: 'release', id: 'release-1.3.0', because: 'never went live' })
  expect(more).toEqual([])
})

test('a release that no history knows must go, named by its id', () => {
  expect(pruned({ releases: [file('1.0.0')] })).toEqual(['release release-1.0.0'])
})

test('candidates must go: the tag alone where a version names the image, otherwise the image', () => {
  const images = [app('2.0.0'), image('c', ['r:build-2.1.0', 'r:build-tests']), image('d', ['r:dev'])]
  expect(plan({ images })).toMatchObject([
    { what: 'tag', name: 'r:build-2.0.0', references: ['r:build-2.0.0'], bytes: 0, because: 'its version is tagged' },
    { what: 'image', references: ['r:build-2.1.0', 'r:build-tests'], bytes: 7, because: 'no version names it' },
    { what: 'image', references: ['r:dev'], because: 'no version names it' },
  ])
})

test('a version must be the last of its tags to go: where the engine refuses, it is the one that is left', () => {
  const images = [image('1.0.0', ['r:1', 'r:1.0', 'r:1.0.0', 'r:build-1.0.0', 'r:latest'])]
  expect(plan({ entries: history, images })[0]?.references).toEqual([
    'r:build-1.0.0',
    'r:1',
    'r:1.0',
    'r:latest',
    'r:1.0.0',
  ])
})

test('tags of other repositories must stay, and with them the image', () => {
  const tags = ['r:1.0.0', 'registry.example.com:5000/r:1.0.0', 'other/r:1.0.0', 'rr:1.0.0']
  expect(plan({ entries: history, images: [image('1.0.0', tags)] })).toMatchObject([
    { what: 'tag', references: ['r:1.0.0'], bytes: 0 },
  ])
})

test('a tag that a person gave must stay, and with it the image', () => {
  expect(plan({ entries: history, images: [image('1.0.0', ['r:1.0.0', 'r:before-the-move'])] })).toMatchObject([
    { what: 'tag', references: ['r:1.0.0'] },
  ])
  expect(plan({ images: [image('x', ['r:before-the-move'])] })).toEqual([])
})

test('a repository with a port in its name must be told from its tags', () => {
  const images = [image('1.0.0', ['host:5000/r:1.0.0'])]
  expect(pruned({ entries: history, images }, { IMAGE_REPOSITORY: 'host:5000/r' })).toEqual(['image host:5000/r:1.0.0'])
})

test('images that we have not made must never be touched, whatever they are called', () => {
  const labels = {}
  const theirs = [
    image('1.0.0', ['r:1.0.0'], { labels }),
    image('dangling', [], { labels }),
    image('other', ['postgres:17']),
    image('of-another', ['q:0.0.1', 'q:build-0.0.1'], {
      labels: { 'org.dartagnan': 'image', 'org.dartagnan.project': 'q' },
    }),
    image('dangling-of-another', [], { labels: { 'org.dartagnan': 'image', 'org.dartagnan.project': 'q' } }),
    image('by-digest', ['r@sha256:0123']),
    proxy(OLD, { labels }),
    image('tagged-by-hand', ['dartagnan/proxy:mine', `mine/proxy:${OLD}`], { labels: { 'org.dartagnan': 'image' } }),
    image('base', ['dartagnan/base:trixie'], { labels: { 'org.dartagnan': 'image' } }),
  ]
  const current = proxy(NOW, { created: 200 })
  expect(plan({ entries: history, images: [...theirs, current], current: [current.id] })).toEqual([])
})

test('an image of the repository must go whichever project has built it: projects can share one', () => {
  const labels = { 'org.dartagnan': 'image', 'org.dartagnan.project': 'q' }
  const observed = { entries: history, images: [app('1.0.0', { labels })] }
  expect(pruned(observed)).toEqual(['image r:1.0.0'])
  expect(plan({ ...observed, elsewhere: ['sha256:1.0.0'] })).toEqual([])
})

test('an image of a run of tests must be seen by that run alone', () => {
  const of = (run?: string) => image('x', [], { labels: run === undefined ? {} : { 'org.dartagnan.test': run } })
  expect([undefined, '1'].map((run) => [of(), of('1'), of('2')].map(isOfRun(run)))).toEqual([
    [true, false, false],
    [false, true, false],
  ])
})

test('an image that an older version has built for this project must go as others do', () => {
  const labels = { 'org.dartagnan': 'image', 'org.dartagnan.project': 'p' }
  const images = [app('1.0.0', { labels }), image('dangling', [], { labels })]
  expect(plan({ entries: history, images })).toMatchObject([{ id: 'sha256:1.0.0' }, { id: 'sha256:dangling' }])
})

test('images of ours that no tag names must go', () => {
  const images = [
    image('app', [], { id: `sha256:${'1'.repeat(64)}` }),
    image('toolkit', [], { labels: { 'org.dartagnan': 'image' } }),
  ]
  expect(plan({ images })).toMatchObject([
    { what: 'image', name: '111111111111', references: [`sha256:${'1'.repeat(64)}`], because: 'no tag names it' },
    { what: 'image', references: ['sha256:toolkit'], because: 'no tag names it' },
  ])
})

test('what a release of another project names must stay', () => {
  const observed = { entries: history, images: [app('1.0.0'), proxy(OLD), proxy(NOW)], current: [`sha256:${NOW}`] }
  expect(pruned(observed)).toEqual(['image r:1.0.0', `image dartagnan/proxy:${OLD}`])
  expect(plan({ ...observed, elsewhere: ['sha256:1.0.0', `sha256:${OLD}`] })).toEqual([])
})

test('where a release cannot be read, nothing may go', () => {
  const observed = { entries: history, images: [app('1.0.0'), proxy(OLD), proxy(NOW)], current: [`sha256:${NOW}`] }
  expect(plan({ ...observed, blind: true })).toEqual([])
})

test('a proxy of which no kept release has the image must go, and that of a kept one stay', () => {
  const images = [proxy(OLD), proxy(NOW)]
  const observed = { entries: history, images, current: [`sha256:${NOW}`] }
  expect(pruned({ ...observed, releases: [file('1.0.0', `sha256:${OLD}`)] })).toEqual([
    `image dartagnan/proxy:${OLD}`,
    'release 1.0.0 (release-1.0.0)',
  ])
  expect(plan({ ...observed, releases: [file('1.1.0', `sha256:${OLD}`)] })).toEqual([])
})

test('an image of the toolkit that is newer than all needed ones must stay: another checkout uses it', () => {
  const images = [proxy(OLD, { created: 1 }), proxy(NOW, { created: 2 }), proxy(NEXT, { created: 3 })]
  expect(pruned({ images, current: [`sha256:${NOW}`] })).toEqual([`image dartagnan/proxy:${OLD}`])
  expect(plan({ images }), 'its own is not built yet').toEqual([])
})

test('one image of the toolkit must not supersede another', () => {
  const toolkit = image('t', [`dartagnan/toolkit:${NOW}`], { labels: { 'org.dartagnan': 'image' }, created: 200 })
  expect(plan({ images: [proxy(OLD), toolkit], current: [toolkit.id] })).toEqual([])
})

test("a stand-in must go where a registry's image has taken its place, unless something uses it", () => {
  const standIn = (over: Partial<ImageState> = {}) =>
    image('s', [`dartagnan/python:${OLD}`], { labels: { 'org.dartagnan': 'image' }, ...over })
  const retired = ['dartagnan/python']
  expect(pruned({ images: [standIn()], retired })).toEqual([`image dartagnan/python:${OLD}`])
  expect(plan({ images: [standIn({ inUse: true })], retired })).toEqual([])
  expect(plan({ images: [standIn()], retired: [] })).toEqual([])
})

test('evidence must go with its image, and stay with one that loses only a tag', () => {
  const evidence = ['1.0.0', '1.1.0', 'long-gone'].map((name) => ({ image: `sha256:${name}`, bytes: 5 }))
  const images = [app('1.0.0'), app('1.1.0')]
  expect(plan({ entries: history, images, evidence })).toMatchObject([
    { what: 'image', id: 'sha256:1.0.0' },
    { what: 'evidence', id: 'sha256:1.0.0', bytes: 5, because: 'its image is gone' },
    { what: 'evidence', id: 'sha256:long-gone' },
  ])
  const tagged = image('1.0.0', ['r:1.0.0', 'other:1'])
  expect(pruned({ entries: history, images: [tagged], evidence: evidence.slice(0, 1) })).toEqual(['tag r:1.0.0'])
})

test('several references must go in one command, and no command be longer than a shell takes', () => {
  const references = Array.from({ length: 250 }, (_, index) => `r:${index}`)
  const commands = imageCommands(references)
  expect(commands[0]?.slice(0, 5)).toEqual(['docker', 'image', 'rm', 'r:0', 'r:1'])
  expect(commands.map(({ length }) => length - 3)).toEqual([100, 100, 50])
  expect(commands.flatMap((argv) => argv.slice(3))).toEqual(references)
})

const worker = (name: string, ...versions: string[]) =>
  image(
    name,
    versions.flatMap((version) => [`r-worker:${version}`, `r-worker:build-${version}`]),
    { labels: { 'org.dartagnan': 'application', 'org.dartagnan.build': 'worker' } },
  )

test("the image of a service with a build of its own must go with the last of its versions, and their tags with the application's", () => {
  const observed = {
    entries: history,
    images: [...three.map((version) => app(version)), worker('old', '1.0.0'), worker('new', '1.1.0', '1.2.0')],
    releases: [file('1.0.0', 'sha256:old'), file('1.1.0', 'sha256:new'), file('1.2.0', 'sha256:new')],
  }
  expect(pruned(observed)).toEqual(['image r:1.0.0', 'image r-worker:1.0.0', 'release 1.0.0 (release-1.0.0)'])
  const shared = { ...observed, images: [...three.map((version) => app(version)), worker('one', ...three)] }
  const releases = three.map((version) => file(version, 'sha256:one'))
  expect(pruned({ ...shared, releases })).toEqual([
    ...['image r:1.0.0', 'tag r-worker:1.0.0', 'release 1.0.0 (release-1.0.0)'],
  ])
  const built = { worker: 'sha256:one@sha256:digest' }
  const lost = { ...shared, entries: history.map((entry) => ({ ...entry, built })), releases: [] }
  expect(pruned(lost), 'the history names it, too').not.toContain('image r-worker:1.2.0')
})

test("another project's image of such a name must stay", () => {
  const theirs = image('theirs', ['r-worker:1.0.0', 'r-worker:build-1.0.0'])
  const other = { ...worker('x', '9.0.0'), tags: ['s-worker:9.0.0'] }
  expect(pruned({ images: [theirs, other] })).toEqual([])
})
