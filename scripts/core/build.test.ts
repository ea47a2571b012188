import { expect, test } from 'vitest'
import { buildArgv } from './build.ts'
import { parseSettings } from './settings.ts'

const input = {
  settings: parseSettings([], {}),
  revision: { commit: 'abc1234def', committedAt: 1_700_000_000, tag: 'v1.2.3', distance: 0, dirtyTree: undefined },
  lock: {
    node: { upstream: 'node:24', source: 'registry', reference: 'node@sha256:n', id: 'sha256:1' },
    python: { upstream: 'python:3', source: 'stand-in', reference: 'dartagnan/python:f00', id: 'sha256:2' },
  },
  dockerfile: `ARG PYTHON_IMAGE=python:3\nFROM \${PYTHON_IMAGE}\nARG VERSION=unknown\n`,
  source: 'https://example.com/journal',
} as const

test('an image must be given the locked base, the version and the time of the commit, and what it is as labels', () => {
  expect(buildArgv(input, 'journal:build-1.2.3', '/tmp/id')).toEqual([
    ...['docker', 'buildx', 'build', '--load', '--provenance=false', '--progress=auto'],
    ...[
      '--build-arg',
      'VERSION=1.2.3',
      '--build-arg',
      'PYTHON_IMAGE=dartagnan/python:f00',
      '--build-arg',
      'SOURCE_DATE_EPOCH=1700000000',
    ],
    ...['org.dartagnan=image', 'org.dartagnan.project=journal'].flatMap((label) => ['--label', label]),
    ...[
      'title=journal',
      'version=1.2.3',
      'revision=abc1234def',
      'created=2023-11-14T22:13:20.000Z',
      'source=https://example.com/journal',
      'base.name=python:3',
      'base.digest=sha256:2',
    ].flatMap((label) => ['--label', `org.opencontainers.image.${label}`]),
    ...['--tag', 'journal:build-1.2.3', '--iidfile', '/tmp/id', '-'],
  ])
})

test('a stage to stop at must be named', () => {
  expect(buildArgv({ ...input, target: 'test' }, 't', 'i')).toEqual(expect.arrayContaining(['--target', 'test']))
})
