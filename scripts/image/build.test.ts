import { expect, test } from 'vitest'
import { parseSettings } from '../config/settings.ts'
import { type BuildInput, buildArgv, nameInputs, secretArgs, substitutes, withoutFrontend } from './build.ts'

const changed = { commit: 'abc1234def', committedAt: 1_700_000_000 }
const app = {
  ...{ name: '', repository: 'journal', services: ['app'], context: 'sample-app', file: 'sample-app/Dockerfile' },
  ...{ args: {}, changed },
}
const input = {
  ...app,
  settings: parseSettings([], {}),
  revision: { commit: 'abc1234def', committedAt: 1_700_000_000, tag: 'v1.2.3', distance: 0, dirtyTree: undefined },
  lock: {
    node: { upstream: 'node:24', source: 'registry', reference: 'node@sha256:n', id: 'sha256:1' },
    python: { upstream: 'python:3', source: 'stand-in', reference: 'dartagnan/python:f00', id: 'sha256:2' },
  },
  dockerfile: `ARG PYTHON_IMAGE=python:3\nFROM \${PYTHON_IMAGE}\nARG VERSION=unknown\n`,
  source: 'https://example.com/journal',
} as const

const PLACES = { context: 'c', dockerfile: 'd', idFile: 'i' }

test('a build must get the locked base, the version, the time of the commit, and labels that say what it is [security 24] [security 26]', () => {
  expect(
    buildArgv(input, 'journal:build-1.2.3', { context: '/tmp/tree', dockerfile: '/tmp/Worker', idFile: '/tmp/id' }),
  ).toEqual([
    ...['docker', 'buildx', 'build', '--load', '--provenance=false', '--progress=auto'],
    ...['--file', '/tmp/Worker'],
    ...[
      '--build-arg',
      'VERSION=1.2.3',
      '--build-arg',
      'PYTHON_IMAGE=dartagnan/python:f00',
      '--build-arg',
      'SOURCE_DATE_EPOCH=1700000000',
    ],
    ...['--label', 'org.dartagnan=application'],
    ...[
      'title=sample-app',
      'version=1.2.3',
      'revision=abc1234def',
      'created=2023-11-14T22:13:20.000Z',
      'source=https://example.com/journal',
      'base.name=python:3',
      'base.digest=sha256:2',
    ].flatMap((label) => ['--label', `org.opencontainers.image.${label}`]),
    ...['--tag', 'journal:build-1.2.3', '--iidfile', '/tmp/id', '/tmp/tree'],
  ])
})

const later = { ...input.revision, distance: 1, commit: 'fff' }
test.each<[string, Partial<BuildInput>, boolean]>([
  ['nothing', {}, true],
  ['how it is built', { noCache: true, inputs: 'other' }, true],
  ['the Dockerfile', { dockerfile: `${input.dockerfile}USER 1\n` }, false],
  ['what its Dockerfile alone must not see', { ignore: 'secret' }, false],
  ['an argument', { args: { EXTRA: '1' } }, false],
  ['the version', { revision: later }, false],
  ['the base image', { lock: { python: { ...input.lock.python, id: 'sha256:3' } } }, false],
])('of two builds that differ in %s the inputs must tell what the image would have', (_, other, same) => {
  const inputs = nameInputs(input, 'tree')
  expect(inputs).toMatch(/^[0-9a-f]{12}$/)
  expect(nameInputs({ ...input, ...other }, 'tree') === inputs).toBe(same)
  expect(nameInputs(input, 'another tree')).not.toBe(inputs)
})

test.each<[string, Partial<BuildInput>, RegExp | undefined]>([
  ['an image by its tag', { dockerfile: 'FROM debian:trixie\n' }, undefined],
  ['an image by its digest', { dockerfile: 'FROM debian@sha256:d\n' }, /./],
  ['files of an image by its tag', { dockerfile: `${input.dockerfile}COPY --from=busybox:1 /a /b\n` }, undefined],
  ['a file by its address', { dockerfile: `${input.dockerfile}add https://example.com/a /b\n` }, undefined],
  ['a secret', { args: { API_TOKEN: 'x' } }, undefined],
])('inputs must have a name only where the next build takes the same: %s', (_, other, name) => {
  const found = nameInputs({ ...input, ...other }, 'tree')
  if (name) expect(found).toMatch(name)
  else expect(found).toBeUndefined()
})

test('a build that stops at a stage must name it', () => {
  expect(buildArgv({ ...input, target: 'test' }, 't', PLACES)).toEqual(expect.arrayContaining(['--target', 'test']))
})

const upstream = { python: 'python:3.13-slim-trixie', node: 'node:24-trixie-slim' }
const lockOf = (source: 'registry' | 'stand-in') =>
  Object.fromEntries(
    Object.entries(upstream).map(([name, of]) => [
      name,
      { upstream: of, source, reference: `${name}@sha256:r`, id: `sha256:${name}` },
    ]),
  )
test.each([
  ['the reference that the lock holds', 'python:3.13-slim-trixie', 'registry', [{ near: false }]],
  ['the same, written in full', 'docker.io/library/node:24-trixie-slim', 'registry', [{ near: false }]],
  ['another tag, where a registry has it', 'python:3.12-slim', 'registry', []],
  ['another tag, where no registry answers', 'python:3.12-slim', 'stand-in', [{ near: true }]],
  ['no tag, where no registry answers', 'node', 'stand-in', [{ near: true }]],
  ['an image by digest', 'python:3.13-slim-trixie@sha256:0', 'stand-in', []],
  ['another repository of that name', 'example.com/python:3.13-slim-trixie', 'stand-in', []],
  ['another image', 'ruby:3', 'stand-in', []],
] as const)('FROM %s', (_, name, source, expected) => {
  const dockerfile = `FROM ${name}\n`
  expect(substitutes({ dockerfile, lock: lockOf(source) })).toEqual(
    expected.map((one) => expect.objectContaining({ ...one, name })),
  )
})

test('an image that the Dockerfile names itself must come from the lock, and the labels must say so', () => {
  const dockerfile = 'FROM python:3.13-slim-trixie\n'
  const argv = buildArgv({ ...input, dockerfile, lock: lockOf('registry') }, 't', PLACES)
  expect(argv).toEqual(
    expect.arrayContaining(['--build-context', 'python:3.13-slim-trixie=docker-image://python@sha256:r']),
  )
  expect(argv).toContain('org.opencontainers.image.base.digest=sha256:r')
})

test('a tag that comes from an ARG must be replaced too, and the base must be that of the last stage', () => {
  const dockerfile = 'ARG V=20\nFROM node:$V AS build\nFROM python:3.12\nCOPY --from=build /a /b\n'
  const argv = buildArgv({ ...input, dockerfile, lock: lockOf('stand-in') }, 't', PLACES)
  expect(argv).toContain('node:20=docker-image://node@sha256:r')
  expect(argv).toContain('org.opencontainers.image.base.name=python:3.13-slim-trixie')
})

const made = { upstream: 'php-image', source: 'build', reference: 'shop-php:build-1.2.3', id: 'sha256:p' } as const
const taking = { ...input, lock: { ...lockOf('stand-in'), 'service:php': made } }

test.each(['php-image', 'php-image:latest'])('a build that takes %s must get what another build has made', (name) => {
  const dockerfile = `FROM python:3.13-slim-trixie\nCOPY --from=${name} /a /b\n`
  const argv = buildArgv({ ...taking, dockerfile }, 't', PLACES)
  expect(argv).toContain(`${name}=docker-image://shop-php:build-1.2.3`)
})

test('its inputs must tell which image that was, and not in which version it was built', () => {
  const inputs = (over: object) =>
    nameInputs(
      { ...taking, dockerfile: 'FROM php-image\n', lock: { ...taking.lock, 'service:php': { ...made, ...over } } },
      'tree',
    )
  expect(inputs({})).toMatch(/./)
  expect(inputs({ reference: 'shop-php:build-1.2.4' })).toBe(inputs({}))
  expect(inputs({ id: 'sha256:q' })).not.toBe(inputs({}))
})

test('the line that asks for a frontend must go where no registry answers, and nowhere else', () => {
  const dockerfile = '# syntax=docker/dockerfile:1\nFROM a\n'
  expect(withoutFrontend({ dockerfile, lock: lockOf('stand-in') })).toBe('#\nFROM a\n')
  expect(withoutFrontend({ dockerfile, lock: lockOf('registry') })).toBeUndefined()
  expect(withoutFrontend({ dockerfile: 'FROM a\n# syntax=x\n', lock: lockOf('stand-in') })).toBeUndefined()
})

const worker = {
  ...input,
  ...{ name: 'worker', repository: 'journal-worker', context: '.', file: 'docker/Worker', target: 'run' },
  changed: { commit: 'fff', committedAt: 1_600_000_000 },
}

test('the image of another service must be named after the commit that changed its files last, not after the version', () => {
  const argv = buildArgv(worker, 't', PLACES)
  expect(argv).toEqual(expect.arrayContaining(['--target', 'run']))
  expect(argv).toEqual(expect.arrayContaining(['SOURCE_DATE_EPOCH=1600000000', 'org.dartagnan.build=worker']))
  expect(argv).toContain('org.opencontainers.image.revision=fff')
  const later = { ...input.revision, commit: 'ddd', committedAt: 1_800_000_000, tag: 'v1.2.4' }
  const dockerfile = 'FROM a\n'
  expect(buildArgv({ ...worker, dockerfile, revision: later }, 't', PLACES)).toEqual(
    buildArgv({ ...worker, dockerfile }, 't', PLACES),
  )
})

test('arguments of the Compose file must win over the lock, but not over the version', () => {
  const argv = buildArgv({ ...input, args: { PYTHON_IMAGE: 'python:3.12', VERSION: 'dev', EXTRA: '1' } }, 't', PLACES)
  expect(argv).toEqual(expect.arrayContaining(['PYTHON_IMAGE=python:3.12', 'EXTRA=1', 'VERSION=1.2.3']))
  expect(argv).not.toEqual(expect.arrayContaining(['VERSION=dev']))
})

test('an argument that may be secret must not stand in the command line', () => {
  const args = { API_TOKEN: 'athos', PATH_TO: 'x' }
  expect(buildArgv({ ...input, args }, 't', PLACES).join(' ')).not.toContain('athos')
  expect(secretArgs({ args })).toEqual({ API_TOKEN: 'athos' })
})
