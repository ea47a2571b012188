import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { THERE } from '../io/run-main.ts'

const sources = globSync('scripts/**/*.ts').filter((file) => !file.endsWith('.test.ts'))
const rooms = globSync('scripts/*/main.ts').map((file) => dirname(file).slice('scripts/'.length))
const imports = (file: string) =>
  [...readFileSync(file, 'utf8').matchAll(/from '([^']+)'/g)].map(([, name = '']) => name)
const makefile = readFileSync('Makefile', 'utf8')

test('every target of the help must have a room, and every room a target', () => {
  const targets = [...makefile.matchAll(/^([a-z]+):[^#\n]*## /gm)].map(([, name = '']) => name)
  const withoutRoom = ['help', 'ship']
  expect(targets.filter((name) => !withoutRoom.includes(name)).sort()).toEqual(rooms.toSorted())
})

test('the keys of the caller must be for the targets that reach other hosts alone', () => {
  const [, reaching = ''] = /^REACHING := (.*)$/m.exec(makefile) ?? []
  expect(reaching.split(' ').sort()).toEqual([...THERE, 'release'].sort())
})

test('only pipeline targets must depend on other targets', () => {
  const dependent = [...makefile.matchAll(/^([a-z]+): *[a-z][^#\n]*## /gm)].map(([, name]) => name)
  expect(dependent).toEqual(['ship'])
})

test('rooms must not import each other, and nothing a main.ts', () => {
  // Scenarios go across all rooms.
  const within = sources.filter((file) => !file.startsWith('scripts/scenarios/'))
  const crossing = within.flatMap((file) => {
    const [, room = ''] = file.split('/')
    return imports(file)
      .filter((name) => name.startsWith('.'))
      .map((name) => join(dirname(file), name))
      .filter((path) => !['core', 'io', room].includes(path.split('/')[1] ?? '') || path.endsWith('/main.ts'))
      .map((path) => `${file} imports ${path}`)
  })
  expect(crossing).toEqual([])
})

test('zx must be imported by exec.ts alone, and dockerode by engine.ts alone', () => {
  const importers = (pattern: RegExp) => sources.filter((file) => imports(file).some((name) => pattern.test(name)))
  expect(importers(/^zx/)).toEqual(['scripts/io/exec.ts'])
  expect(importers(/^dockerode/)).toEqual(['scripts/io/engine.ts'])
})

test('pure code must not read the clock', () => {
  const pure = sources.filter((file) => /^scripts\/(core\/|[a-z]+\/(plan|report)\.ts)/.test(file))
  expect(pure.filter((file) => /Date\.now\(|new Date\(\)|Math\.random\(/.test(readFileSync(file, 'utf8')))).toEqual([])
})

test('a door must stay short', () => {
  const long = globSync('scripts/*/main.ts').filter((file) => readFileSync(file, 'utf8').split('\n').length > 41)
  expect(long).toEqual([])
})

test('no file must name the host of a package registry: each is read from the settings of whoever runs this', () => {
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
