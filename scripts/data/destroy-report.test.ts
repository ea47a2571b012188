import { expect, test } from 'vitest'
import type { ForceWord } from '../config/options.ts'
import { readVolumes } from '../release/volumes.ts'
import { needsSnapshot, renderData, requireConfirmed } from './destroy-report.ts'

const data = [
  { name: 'p_data', bytes: 1_500_000, files: 12 },
  { name: 'p_data.2', bytes: 0, files: 0 },
]

test('destroy must go on where the name of the project was typed', () => {
  expect(() => requireConfirmed('p', data, 'p')).not.toThrow()
})

test.each([
  ['nothing', undefined, 'destroy removes the project "p" with its data'],
  ['another name', 'q', 'destroy removes the project "p" with its data; CONFIRM="q" is not its name'],
  ['a beginning of it', '', 'destroy removes the project "p" with its data; CONFIRM="" is not its name'],
  ['it with a blank', 'p ', 'destroy removes the project "p" with its data; CONFIRM="p " is not its name'],
  ['it in capitals', 'P', 'destroy removes the project "p" with its data; CONFIRM="P" is not its name'],
  ['yes', 'yes', 'destroy removes the project "p" with its data; CONFIRM="yes" is not its name'],
])(
  'where %s was typed destroy must be refused, and show what would be lost and how to go on',
  (_, confirm, message) => {
    const next = expect.stringMatching(/^make destroy CONFIRM=p /)
    const failure = { message, next, detail: renderData(data), document: { project: 'p', volumes: data } }
    expect(() => requireConfirmed('p', data, confirm)).toThrow(expect.objectContaining(failure))
  },
)

test('what would be lost must be told as a table of the volumes', () => {
  expect(renderData(data).split('\n')).toEqual([
    'VOLUME     SIZE     FILES',
    'p_data     1.5 MB   12',
    'p_data.2   0 B      0',
  ])
})

test.each<[string, object, ForceWord[], boolean]>([
  ['has data', {}, [], true],
  ['has none that are kept', { 'x-snapshot': false }, [], false],
  ['has no volume', { volumes: [] }, [], false],
  ['has data that nobody wants to save', {}, ['no-snapshot'], false],
  ['is to leave no trace', {}, ['all-traces'], false],
])('a project that %s must be saved once more where it can be', (_, over, force, saved) => {
  const app = { volumes: [{ type: 'volume', source: 'data', target: '/data' }], ...over }
  const volumes = readVolumes({ name: 'p', services: { app }, volumes: { data: null } })
  expect(needsSnapshot({ volumes }, new Set(force))).toBe(saved)
  expect(needsSnapshot(undefined, new Set(force))).toBe(false)
})
