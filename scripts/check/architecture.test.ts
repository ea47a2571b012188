import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { remoteTargets, targets } from '../config/targets.ts'

// The folders of scripts/, from top to bottom: each imports only from those below it.
const ORDER = [
  ...[
    'target',
    'report',
    'adopt',
    'outdated',
    'audit',
    'doctor',
    'ci',
    'check',
    'bench',
    'demo',
    'practice',
    'tour',
    'setup',
    'test',
  ],
  ...['swarm', 'rollout', 'data', 'distribution', 'remote', 'gate', 'proxy', 'release', 'image', 'registry', 'version'],
  ...['docker', 'state', 'config', 'cli'],
]
// The test rig and the scenarios stand outside this order: they may import anything, and only tests and benchmarks
// import them.
const BESIDE = ['testing', 'scenarios']
const MAY_USE_THE_RIG = ['bench', 'check', 'demo', 'proof']

const sources = globSync('scripts/**/*.ts').filter((file) => !file.endsWith('.test.ts'))
const doors = globSync('scripts/*.ts')
const folderOf = (file: string) => (doors.includes(file) ? undefined : file.split('/')[1])
const importsOf = (file: string) =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(([, name = '']) => name)
const localImportsOf = (file: string) =>
  importsOf(file)
    .filter((name) => name.startsWith('.'))
    .map((name) => join(dirname(file), name))
const arrows = sources.flatMap((from) => localImportsOf(from).map((to) => ({ from, to })))
const reads = (file: string, pattern: RegExp) => pattern.test(readFileSync(file, 'utf8'))
const show = ({ from, to }: { from: string; to: string }) => `${from} imports ${to}`
const makefile = readFileSync('dartagnan.mk', 'utf8')
const rules = readFileSync('scripts/setup/rules.mk', 'utf8')

test('the Makefile must show the pattern at a glance', () => {
  expect(makefile.split('\n').length - 1).toBeLessThanOrEqual(80)
})

test("only targets that reach other hosts may get the caller's keys", () => {
  const withKeys = targets.flatMap(([name, { keys }]) => (keys ? [name] : []))
  expect(withKeys.toSorted()).toEqual([...remoteTargets, 'release'].sort())
})

test('only pipeline targets may depend on other targets', () => {
  const dependent = [...rules.matchAll(/^([a-z-]+): *[a-z][^#\n=]*;?$/gm)].map(([, name]) => name)
  expect(dependent).toEqual(['dartagnan-ship'])
})

test('every folder must have a place in the order, and every place must have a folder', () => {
  const folders = globSync('scripts/*/').map((folder) => basename(folder))
  expect(folders.toSorted()).toEqual([...ORDER, ...BESIDE].sort())
})

test('a folder may import only from itself and from the folders below it', () => {
  const height = (file: string) => ORDER.indexOf(folderOf(file) ?? '')
  const inHouse = arrows.filter(
    ({ from, to }) => ORDER.includes(folderOf(from) ?? '') && ORDER.includes(folderOf(to) ?? ''),
  )
  expect(inHouse.filter(({ from, to }) => height(to) < height(from)).map(show)).toEqual([])
})

test('no file may import a door', () => {
  expect(arrows.filter(({ to }) => doors.includes(to)).map(show)).toEqual([])
})

test('production code must not import the test rig', () => {
  const allowed = [...BESIDE, ...MAY_USE_THE_RIG]
  const isRig = (file: string) => BESIDE.includes(folderOf(file) ?? '')
  const wrong = arrows.filter(({ from, to }) => isRig(to) && !allowed.includes(folderOf(from) ?? basename(from, '.ts')))
  // A scenario kills a run in the middle of a step, and only the run itself can time that. Only under DARTAGNAN_CHECK
  // does it load the code for that, by one dynamic import.
  expect(wrong.map(show)).toEqual(['scripts/rollout/io/run.ts imports scripts/testing/faults.ts'])
})

test('no file may import itself, directly or through other files', () => {
  const edges = new Map(sources.map((file) => [file, localImportsOf(file)]))
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (file: string, path: readonly string[]) => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '))
    if (path.includes(file) || done.has(file)) return
    for (const next of edges.get(file) ?? []) visit(next, [...path, file])
    done.add(file)
  }
  for (const file of sources) visit(file, [])
  expect(circles).toEqual([])
})

test('pure code must neither import what touches the world nor read the clock', () => {
  const isPure = (file: string) =>
    ORDER.includes(folderOf(file) ?? '') && !file.includes('/io/') && !MAY_USE_THE_RIG.includes(folderOf(file) ?? '')
  expect(arrows.filter(({ from, to }) => isPure(from) && to.includes('/io/')).map(show)).toEqual([])
  const clock = /Date\.now\(|new Date\(\)|Math\.random\(/
  expect(sources.filter((file) => isPure(file) && clock.test(readFileSync(file, 'utf8')))).toEqual([])
})

test('only exec.ts may import zx, and only engine.ts dockerode', () => {
  const importers = (pattern: RegExp) => sources.filter((file) => importsOf(file).some((name) => pattern.test(name)))
  expect(importers(/^zx/)).toEqual(['scripts/cli/io/exec.ts'])
  expect(importers(/^dockerode/)).toEqual(['scripts/docker/io/engine.ts', 'scripts/docker/io/engines.ts'])
})

test('only one file may read process.env', () => {
  const readers = sources.filter((file) => !BESIDE.includes(folderOf(file) ?? '') && reads(file, /process\.env\b/))
  expect(readers).toEqual(['scripts/cli/io/environment.ts'])
})

test.each([
  ['a door', 30, doors],
  ['a file', 200, sources.filter((file) => !BESIDE.includes(folderOf(file) ?? ''))],
  ['a shell script', 200, globSync('scripts/**/*.sh')],
  ['the Makefile', 80, ['Makefile', 'dartagnan.mk', 'scripts/setup/rules.mk']],
] as const)('%s must stay short: at most %i lines', (_, most, files) => {
  const lines = (file: string) => readFileSync(file, 'utf8').split('\n').length - 1
  expect(files.filter((file) => lines(file) > most)).toEqual([])
})

test('no file may name the host of a package registry: the settings of npm and apt on this host name them', () => {
  const ask = (command: string, ...args: string[]) => execFileSync(command, args, { encoding: 'utf8' })
  const urls = `${ask('npm', 'config', 'get', 'registry')}\n${ask('apt-get', 'indextargets', '--format', '$(SITE)')}`
  const hosts = [
    ...new Set(
      urls
        .split('\n')
        .filter(Boolean)
        .map((url) => new URL(url).host),
    ),
  ]
  expect(hosts.length).toBeGreaterThan(1)
  const files = ask('git', 'ls-files', '--cached', '--others', '--exclude-standard')
    .split('\n')
    .filter((file) => file && existsSync(file))
  const naming = files.filter((file) => hosts.some((host) => readFileSync(file, 'utf8').includes(host)))
  expect(naming).toEqual([])
})
