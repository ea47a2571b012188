import fc from 'fast-check'
import { expect, test } from 'vitest'
import { goodReleases, type ReleaseEntry } from '../release/history.ts'
import { type DataObserved, planData } from './prune-plan.ts'
import type { Snapshot, Verification } from './snapshot.ts'

const entry = (version: string, over: Partial<ReleaseEntry> = {}): ReleaseEntry => ({
  outcome: 'deployed',
  target: 'deploy',
  version,
  revision: '',
  image: `sha256:${version}`,
  release: `release-${version}`,
  snapshot: '',
  from: '',
  by: 'athos',
  at: '2026-01-01T00:00:00Z',
  ms: 1,
  cut: 0,
  held: 0,
  because: '',
  ...over,
})
const snapshot = (id: string, version: string, over: Partial<Snapshot> = {}): Snapshot => ({
  id,
  at: '2026-01-01T00:00:00Z',
  release: `release-${version}`,
  version,
  revision: '',
  target: 'deploy',
  modes: { data: 'files' },
  added: 9,
  bytes: 100,
  files: 1,
  ...over,
})
const prove = (...ids: string[]): Verification[] =>
  ids.map((id) => ({ id, release: 'r', place: '', at: '', described: {} }))
const nothing: DataObserved = { entries: [], snapshots: [], verifications: [], expired: [], volumes: [], namesOf: {} }
const plan = (over: Partial<DataObserved>, keep = 2, force = false) => planData({ ...nothing, ...over }, keep, force)
const removed = (...args: Parameters<typeof plan>) => plan(...args).removals.map(({ what, id }) => `${what} ${id}`)

const three = ['1.0.0', '1.1.0', '1.2.0']
const entries = three.map((version) => entry(version))
const snapshots = ['a', 'b', 'c'].map((id, index) => snapshot(id, three[index] ?? ''))
const all = ['a', 'b', 'c']

test('a snapshot that the policy would not keep must go, unless a rollback to the last KEEP releases needs it [fault 60]', () => {
  const observed = { entries, snapshots, verifications: prove(...all), expired: all }
  const because = 'the policy (KEEP_SNAPSHOTS)'
  const removals = [{ what: 'snapshot', id: 'a', name: 'a (1.0.0)', references: [], bytes: 9, because }]
  expect(plan(observed)).toEqual({ removals, kept: [] })
  expect(removed(observed, 1)).toEqual(['snapshot a', 'snapshot b'])
  expect(removed(observed, 3)).toEqual([])
})

test.each(['1999-01-01T00:00:00Z', '2099-01-01T00:00:00Z'])(
  'where the clock jumped to %s for one of them, the same must go and stay [fault 12]',
  (at) => {
    for (const odd of [0, 1, 2]) {
      const jumped = <T extends object>(all: readonly T[]) =>
        all.map((one, index) => (index === odd ? { ...one, at } : one))
      const observed = {
        entries: jumped(entries),
        snapshots: jumped(snapshots),
        verifications: prove(...all),
        expired: all,
      }
      expect(removed(observed)).toEqual(['snapshot a'])
    }
  },
)

test('what the policy keeps must stay', () => {
  expect(removed({ entries, snapshots, verifications: prove(...all), expired: [] }, 1)).toEqual([])
})

test('the newest must stay even where no release is known: one that was read back before one that was not', () => {
  expect(removed({ snapshots, expired: all })).toEqual(['snapshot a', 'snapshot b'])
  expect(removed({ snapshots, expired: all, verifications: prove('b') })).toEqual(['snapshot a', 'snapshot c'])
})

test('of the snapshots of a release the newest that was read back must stay', () => {
  const more = ['d', 'e', 'f'].map((id) => snapshot(id, '1.2.0'))
  const observed = { entries, snapshots: [...snapshots, ...more], expired: [...all, 'd', 'e', 'f'] }
  expect(removed({ ...observed, verifications: prove('c', 'd') }, 1)).not.toContain('snapshot d')
  expect(removed({ ...observed, verifications: prove('c', 'd') }, 1)).toHaveLength(5)
  expect(removed(observed, 1)).not.toContain('snapshot f')
})

test('a snapshot of the same version over other volumes must do for a rollback', () => {
  const other = snapshot('x', '1.1.0', { release: 'over-others' })
  expect(removed({ entries, snapshots: [other, ...snapshots.slice(2)], expired: ['x', 'c'] })).toEqual([])
})

/** 1.0.0 over one volume, until a restore put it over another. */
const [OLD, NOW] = ['p_data', 'p_data.2']
const taken = (over: Partial<ReleaseEntry> = {}) =>
  entry('1.0.0', { target: 'restore', release: 'moved', from: 'release-1.0.0', snapshot: 'last', ...over })
const replaced: DataObserved = {
  ...nothing,
  entries: [entry('1.0.0'), taken()],
  snapshots: [snapshot('last', '1.0.0')],
  verifications: prove('last'),
  volumes: [OLD, NOW],
  namesOf: { 'release-1.0.0': [OLD], moved: [NOW] },
}
const kept = [
  { name: OLD, because: 'no verified snapshot has what it holds; make prune FORCE=unsaved-volume removes it' },
]

test('a volume that was replaced must go where a snapshot that was read back has its data', () => {
  expect(plan(replaced)).toEqual({
    removals: [
      { what: 'volume', id: OLD, name: OLD, references: [], bytes: 0, because: 'replaced; a snapshot has its data' },
    ],
    kept: [],
  })
})

test('what was replaced while nothing ran must be told from its history, too', () => {
  expect(removed({ ...replaced, entries: [entry('1.0.0'), taken({ from: '' })] })).toEqual([`volume ${OLD}`])
})

test('a volume of which no release is known must stay', () => {
  expect(removed({ ...replaced, namesOf: { moved: [NOW] } })).toEqual([])
})

const later = {
  snapshots: [snapshot('last', '1.0.0'), snapshot('later', '1.0.0')],
  verifications: prove('last', 'later'),
}
test.each<[string, Partial<DataObserved>]>([
  ['was not read back', { verifications: [] }],
  ['is gone', { snapshots: [] }],
  ['goes now', { ...later, expired: ['last'] }],
  ['was never taken', { entries: [entry('1.0.0'), taken({ snapshot: '' })] }],
  [
    'an entry of an earlier format does not name',
    { entries: [entry('1.0.0'), { ...taken(), snapshot: undefined as never }] },
  ],
  [
    'is of a deploy that failed',
    { entries: [entry('1.0.0'), taken({ outcome: 'rolled back' }), taken({ snapshot: '' })] },
  ],
  [
    'is older than what was written last',
    {
      // 1.1.0 wrote to the same volume after that snapshot; what put others in its place took none.
      entries: [
        entry('1.0.0'),
        entry('1.1.0', { from: 'release-1.0.0', snapshot: 'last' }),
        entry('1.1.0', { target: 'restore', release: 'moved', from: 'release-1.1.0' }),
      ],
      namesOf: { 'release-1.0.0': [OLD], 'release-1.1.0': [OLD], moved: [NOW] },
    },
  ],
  [
    'was taken by a release of which nothing is known any more',
    {
      entries: [
        entry('1.0.0'),
        entry('1.1.0', { from: 'release-1.0.0', snapshot: 'last' }),
        entry('1.1.0', { target: 'restore', release: 'moved', from: 'release-1.1.0' }),
      ],
      namesOf: { 'release-1.0.0': [OLD], 'release-1.1.0': [], moved: [NOW] },
    },
  ],
])('a volume whose last snapshot %s must stay, and be told of; force removes it', (_, over) => {
  const observed = { ...replaced, ...over }
  expect(plan(observed).kept).toEqual(kept)
  expect(removed(observed)).not.toContain(`volume ${OLD}`)
  const forced = plan(observed, 2, true)
  expect(forced.kept).toEqual([])
  expect(forced.removals[0]).toMatchObject({ what: 'volume', id: OLD, because: 'replaced (FORCE=unsaved-volume)' })
})

test('the volumes of the current release must stay, whatever was replaced before, also by force', () => {
  for (const force of [false, true]) expect(removed(replaced, 2, force)).toEqual([`volume ${OLD}`])
  expect(removed({ ...replaced, volumes: [NOW] }, 2, true)).toEqual([])
})

test('a volume that stands for data which the current release does not mount must stay, also by force', () => {
  for (const force of [false, true]) expect(plan({ ...replaced, current: [OLD, NOW] }, 2, force).removals).toEqual([])
  expect(plan({ ...replaced, current: [OLD, NOW] }).kept).toEqual([])
})

test('where it is not known what the current release lies over, no volume must go, also by force', () => {
  for (const namesOf of [{}, { 'release-1.0.0': [OLD] }, { 'release-1.0.0': [OLD], moved: [] }])
    expect(plan({ ...replaced, namesOf }, 2, true)).toEqual({ removals: [], kept: [] })
  expect(plan({ ...replaced, entries: [] }, 2, true)).toEqual({ removals: [], kept: [] })
})

test('nothing known must be nothing to remove', () => {
  expect(plan({})).toEqual({ removals: [], kept: [] })
})

const version = fc.constantFrom('1', '2', '3', '4')
const volume = fc.constantFrom('v1', 'v2', 'v3')
const world = fc.record({
  history: fc.array(fc.record({ version, rollback: fc.boolean(), bad: fc.boolean(), snapshot: fc.nat(9), volume })),
  snapshots: fc.array(fc.record({ version, proven: fc.boolean(), expired: fc.boolean() }), { maxLength: 10 }),
  keep: fc.integer({ min: 1, max: 4 }),
  force: fc.boolean(),
})
test('whatever the policy says, all that a rollback needs must stay, and no current volume go [fault 60]', () => {
  fc.assert(
    fc.property(world, ({ history, snapshots: taking, keep, force }) => {
      const ids = history.map((one) => `${one.version}-${one.volume}`)
      const made = history.map((one, index) =>
        entry(one.version, {
          release: ids[index] ?? '',
          from: ids[index - 1] ?? '',
          base: one.version,
          snapshot: String(one.snapshot),
          target: one.rollback ? 'rollback' : 'deploy',
          outcome: one.bad ? 'rolled back' : 'deployed',
        }),
      )
      const found = taking.map((one, index) => snapshot(String(index), one.version))
      const idsOf = (of: (one: (typeof taking)[number]) => boolean) =>
        taking.flatMap((one, index) => (of(one) ? [String(index)] : []))
      const observed = {
        entries: made,
        snapshots: found,
        verifications: prove(...idsOf(({ proven }) => proven)),
        expired: idsOf(({ expired }) => expired),
        volumes: ['v1', 'v2', 'v3'],
        namesOf: Object.fromEntries(history.map((one, index) => [ids[index] ?? '', [one.volume]])),
      }
      const { removals } = plan(observed, keep, force)
      const gone = removals.map(({ id }) => id)
      for (const id of gone.filter((name) => !name.startsWith('v'))) expect(observed.expired).toContain(id)
      const good = goodReleases(made)
      for (const one of good.slice(0, keep)) {
        const its = observed.verifications.filter(({ id }) => found[Number(id)]?.version === one.version)
        expect(its.length === 0 || its.some(({ id }) => !gone.includes(id))).toBe(true)
      }
      expect(found.length === 0 || found.some(({ id }) => !gone.includes(id))).toBe(true)
      const deployed = made.filter(({ outcome }) => outcome === 'deployed')
      for (const name of force ? [] : gone.filter((id) => id.startsWith('v'))) {
        const successor = deployed[deployed.findLastIndex(({ release }) => release.endsWith(name)) + 1]
        expect(observed.verifications.map(({ id }) => id)).toContain(successor?.snapshot)
        expect(gone).not.toContain(successor?.snapshot)
      }
      for (const name of observed.namesOf[good[0]?.release ?? ''] ?? []) expect(gone).not.toContain(name)
    }),
    { numRuns: 500 },
  )
})
