import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Failure } from '../cli/failure.ts'
import { chooseSnapshot } from './choose-snapshot.ts'
import { type CopyMode, parseSnapshots, type Snapshot, tagsOf, type Verification } from './snapshot.ts'
import { renderSnapshots } from './snapshots-report.ts'

const id = (text: string) => text.padEnd(64, '0')
const snapshot = (text: string, over: Partial<Snapshot> = {}): Snapshot => ({
  id: id(text),
  at: '2026-01-01T00:00:00Z',
  release: 'release-1',
  version: '1.0.0',
  revision: 'r',
  target: 'deploy',
  modes: { data: 'files' },
  added: 0,
  bytes: 0,
  files: 0,
  ...over,
})
const verification = (text: string): Verification => ({
  id: id(text),
  release: 'r',
  place: 'here',
  at: '',
  described: {},
})
const listed = ({ id, at, modes, added, bytes, files, ...rest }: Snapshot) => ({
  id,
  time: at,
  tags: tagsOf(rest, modes),
  summary: { data_added_packed: added, total_bytes_processed: bytes, total_files_processed: files },
})
const parse = (...all: object[]) => parseSnapshots(JSON.stringify(all))
const idsOf = (snapshots: readonly Snapshot[]) => snapshots.map((one) => one.id)

test('a snapshot must come back from its tags as it was taken', () => {
  const word = fc.stringMatching(/^[\w.=:-]*$/)
  const modes = fc.dictionary(
    fc.stringMatching(/^[a-z0-9][\w.-]*$/),
    fc.constantFrom<CopyMode>('files', 'copy', 'dump'),
    {
      minKeys: 1,
    },
  )
  const any = fc.record({ release: word, version: word, revision: word, target: word, modes, bytes: fc.nat() })
  fc.assert(
    fc.property(any, (over) => {
      const one = snapshot('a', over)
      expect(parse(listed(one))).toEqual({ snapshots: [one], passes: [] })
    }),
  )
})

test('the tags must be what people see in restic, too', () => {
  expect(tagsOf(snapshot('a'), { data: 'files', db: 'dump' })).toEqual([
    'release=release-1',
    'version=1.0.0',
    'revision=r',
    'target=deploy',
    'volume:data=files',
    'volume:db=dump',
  ])
})

test('no value may become a tag of its own, by the comma that restic splits at', () => {
  const tags = tagsOf(snapshot('a', { revision: 'x,volume:data=dump' }), { data: 'files' })
  expect(tags.filter((tag) => tag.includes(','))).toEqual([])
  expect(tags.filter((tag) => tag.startsWith('volume:'))).toEqual(['volume:data=files'])
})

test('passes must be told from snapshots, and what others keep in the repository be neither', () => {
  const pass = { id: 'pass', time: '2026-01-02T00:00:00Z', tags: ['pass', 'volume:data=files'] }
  const others = [
    { id: 'x', time: '2026-01-02T00:00:00Z' },
    { id: 'y', time: '2026-01-02T00:00:00Z', tags: null },
    { id: 'z', time: '2026-01-02T00:00:00Z', tags: ['mine'] },
  ]
  expect(parse(pass, ...others, listed(snapshot('a')))).toEqual({ snapshots: [snapshot('a')], passes: ['pass'] })
})

test('a snapshot that restic says nothing more of must be taken as it is', () => {
  const { summary, ...bare } = listed(snapshot('a'))
  expect(parse(bare, { ...bare, summary: null }).snapshots).toEqual([snapshot('a'), snapshot('a')])
})

test('snapshots must be in the order of their time, whatever its zone', () => {
  const times = { a: '2026-01-01T12:00:00.123456789+02:00', b: '2026-01-01T09:30:00Z', c: '2026-01-01T12:00:00+01:00' }
  const all = Object.entries(times).map(([name, at]) => listed(snapshot(name, { at })))
  expect(idsOf(parse(...all).snapshots)).toEqual([id('b'), id('a'), id('c')])
})

const three = [snapshot('aa1'), snapshot('aa2', { version: '1.1.0' }), snapshot('b', { version: '1.1.0' })]
const chosen = (...args: Parameters<typeof chooseSnapshot>) => chooseSnapshot(...args).id

test('without SNAPSHOT it must be the last that was read back here, and the newest where none was', () => {
  expect(chosen(three, [verification('aa1'), verification('aa2')], undefined)).toBe(id('aa2'))
  expect(chosen(three, [verification('aa1'), verification('b')], undefined)).toBe(id('b'))
  expect(chosen(three, [], undefined)).toBe(id('b'))
  expect(chosen(three, [verification('gone')], undefined)).toBe(id('b'))
})

test('where the clock was set back, the last one that was read back must still be the last [fault 12]', () => {
  const late = snapshot('c', { at: '2025-01-01T00:00:00Z' })
  expect(chosen([late, ...three], [verification('aa1'), verification('b'), verification('c')], undefined)).toBe(id('c'))
})

test('where the choice is narrowed it must be the last good one of those; one that is named is taken all the same', () => {
  const isOld = ({ version }: Snapshot) => version === '1.0.0'
  expect(chosen(three, [verification('b')], undefined, isOld)).toBe(id('aa1'))
  expect(chosen(three, [verification('b')], 'b', isOld)).toBe(id('b'))
})

test.each([['b'], ['aa2'], [id('aa2')]])('SNAPSHOT=%s must be taken for the one that it begins', (wanted) => {
  expect(chosen(three, [], wanted)).toBe(three.find((one) => one.id.startsWith(wanted))?.id)
})

const newest = 'the newest are aa100000 (1.0.0), aa200000 (1.1.0), b0000000 (1.1.0)'
test.each([
  ['that is ambiguous', three, 'aa', `SNAPSHOT="aa" names several snapshots; ${newest}`, 'make snapshots'],
  ['that is unknown', three, 'c', `SNAPSHOT="c" names no snapshot; ${newest}`, 'make snapshots'],
  ['that is no beginning', three, 'a1', `SNAPSHOT="a1" names no snapshot; ${newest}`, 'make snapshots'],
  ['of none', [], 'c', 'SNAPSHOT="c" names no snapshot; there is none at all', 'make backup'],
  ['without one', [], undefined, 'there is no snapshot to take the data from; there is none at all', 'make backup'],
])('a choice %s must be refused with the choices', (_, snapshots, wanted, says, next) => {
  const failure = expect.objectContaining({ message: says, next })
  expect(() => chooseSnapshot(snapshots, [], wanted)).toThrow(failure)
})

test('a choice among none of its kind must be refused, with the newest of any kind', () => {
  const none = () => chooseSnapshot(three, [verification('b')], undefined, () => false)
  expect(none).toThrow(`there is no snapshot to take the data from; ${newest}`)
  expect(none).toThrow(Failure)
})

test('snapshots must be listed with their age, their size, and whether they were read back here', () => {
  const at = '2026-01-01T00:00:00Z'
  const one = snapshot('abcdef0123', { at, bytes: 5_000_000, added: 1200, modes: { data: 'copy', db: 'dump' } })
  const text = renderSnapshots([one, snapshot('b')], [verification('abcdef0123')], Date.parse(at) + 3 * 86_400_000)
  // The newest comes first.
  const [heading, second, first] = text.split('\n').map((line) => line.split(/ {2,}/))
  const columns = ['SNAPSHOT', 'VERSION', 'BY', 'AGE', 'SIZE', 'ADDED', 'VERIFIED', 'VOLUMES']
  expect(heading).toEqual(columns)
  const cells = ['abcdef01', '1.0.0', 'deploy', '3d ago', '5.0 MB', '1.2 kB', 'yes', 'data: copy, db: dump']
  expect(first).toEqual(cells)
  expect(second?.[6]).toBe('not here')
  expect(renderSnapshots([], [], 0)).toBe('no snapshot yet\n  next: make backup')
})
