import { Failure } from '../cli/failure.ts'
import { renderAge, renderBytes, renderTable } from '../cli/table.ts'

/** How a volume's data lie in a snapshot: as its files, with the copy of a hook in place of some, or as a dump alone. */
export type CopyMode = 'files' | 'copy' | 'dump'

/** A snapshot as the repository lists it. */
export type Snapshot = {
  readonly id: string
  /** When it was begun, in ISO 8601. */
  readonly at: string
  /** The release and the version whose data it holds: what served when it was taken. */
  readonly release: string
  readonly version: string
  readonly revision: string
  /** Which target took it. */
  readonly target: string
  readonly modes: Readonly<Record<string, CopyMode>>
  /** Bytes that the repository grew by, and that a restore brings back. */
  readonly added: number
  readonly bytes: number
  readonly files: number
}

/** Which snapshot is put into which new volumes: their names by key. */
export type Fill = {
  readonly snapshot: string
  readonly modes: Snapshot['modes']
  readonly names: Readonly<Record<string, string>>
}

/** What reading a snapshot back has shown. The ledger keeps one for each snapshot that was found good. */
export type Verification = {
  readonly id: string
  /** The repository that holds it, and the release whose data it holds. */
  readonly place: string
  readonly release: string
  /** When it was read back, in ISO 8601. */
  readonly at: string
  /** What the hooks said of the data, by volume. */
  readonly described: Readonly<Record<string, Description>>
}
export type Description = Readonly<Record<string, unknown>>

/** The tag of a pass while the data are in use: it only makes the next one quick, and is no snapshot. */
export const PASS_TAG = 'pass'

type Listed = {
  id: string
  time: string
  tags?: string[] | null
  summary?: { data_added_packed?: number; total_bytes_processed?: number; total_files_processed?: number } | null
}

/** The tags that parseSnapshots reads. */
export const tagsOf = (
  { release, version, revision, target }: Pick<Snapshot, 'release' | 'version' | 'revision' | 'target'>,
  modes: Snapshot['modes'],
): string[] => [
  `release=${release}`,
  `version=${version}`,
  `revision=${revision}`,
  `target=${target}`,
  ...Object.entries(modes).map(([key, kind]) => `volume:${key}=${kind}`),
]

/** Snapshots, oldest first, and the ids of what is none: from the JSON of `restic snapshots`. */
export function parseSnapshots(text: string): { snapshots: Snapshot[]; passes: string[] } {
  const all = JSON.parse(text) as Listed[]
  const isPass = ({ tags }: Listed) => tags?.includes(PASS_TAG) ?? false
  const snapshots = all
    .filter((one) => !isPass(one) && one.tags?.some((tag) => tag.startsWith('volume:')))
    .map(({ id, time, tags, summary }): Snapshot => {
      const pairs = (tags ?? []).map(
        (tag) => [tag.slice(0, tag.indexOf('=')), tag.slice(tag.indexOf('=') + 1)] as const,
      )
      const value = (name: string) => pairs.find(([found]) => found === name)?.[1] ?? ''
      const modes = pairs.flatMap(([name, kind]) =>
        name.startsWith('volume:') ? [[name.slice('volume:'.length), kind as CopyMode] as const] : [],
      )
      return {
        id,
        at: time,
        release: value('release'),
        version: value('version'),
        revision: value('revision'),
        target: value('target'),
        modes: Object.fromEntries(modes),
        added: summary?.data_added_packed ?? 0,
        bytes: summary?.total_bytes_processed ?? 0,
        files: summary?.total_files_processed ?? 0,
      }
    })
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
  return { snapshots, passes: all.filter(isPass).map(({ id }) => id) }
}

/** Whether a snapshot holds the data as a release left them. */
export const holdsDataOf =
  ({ release, version }: Pick<Snapshot, 'release' | 'version'>) =>
  (snapshot: Snapshot): boolean =>
    snapshot.release === release || snapshot.version === version

/** The first eight digits, as people know them. */
export const shortSnapshot = (id: string): string => id.slice(0, 8)

/**
 * The snapshot that `wanted` begins, or the last good one: that was read back here, or, where none was (another engine
 * took them), the newest. `of` narrows the choice. Throws a Failure with the choices.
 */
export function chooseSnapshot(
  snapshots: readonly Snapshot[],
  verifications: readonly Verification[],
  wanted: string | undefined,
  of: (snapshot: Snapshot) => boolean = () => true,
): Snapshot {
  const isProven = ({ id }: Snapshot) => verifications.some((proof) => proof.id === id)
  const mine = snapshots.filter(of)
  const found = wanted
    ? snapshots.filter(({ id }) => id.startsWith(wanted))
    : [mine.findLast(isProven) ?? mine.at(-1)].filter((one) => one !== undefined)
  const [only, another] = found
  if (only && !another) return only
  const choices = snapshots.slice(-5).map(({ id, version }) => `${shortSnapshot(id)} (${version})`)
  const why = another ? 'names several snapshots' : 'names no snapshot'
  throw new Failure(
    `${wanted ? `SNAPSHOT=${JSON.stringify(wanted)} ${why}` : 'there is no snapshot to take the data from'}; ${
      choices.length === 0 ? 'there is none at all' : `the newest are ${choices.join(', ')}`
    }`,
    { next: choices.length === 0 ? 'make backup' : 'make snapshots' },
  )
}

/** The snapshots for a person, newest last. `now` in milliseconds. */
export function renderSnapshots(
  snapshots: readonly Snapshot[],
  verifications: readonly Verification[],
  now: number,
): string {
  if (snapshots.length === 0) return 'no snapshot yet\n  next: make backup'
  const rows = snapshots.map((one) => [
    shortSnapshot(one.id),
    one.version,
    one.release,
    one.target,
    `${renderAge(now - Date.parse(one.at))} ago`,
    renderBytes(one.bytes),
    renderBytes(one.added),
    verifications.some(({ id }) => id === one.id) ? 'yes' : 'not here',
    Object.entries(one.modes)
      .map((pair) => pair.join(': '))
      .join(', '),
  ])
  return renderTable(['SNAPSHOT', 'VERSION', 'RELEASE', 'BY', 'AGE', 'SIZE', 'ADDED', 'VERIFIED', 'VOLUMES'], rows)
}

/** What differs between two descriptions, for a person: `entries.rows 12 → 15`. Empty where nothing does. */
export function diffDescriptions(before: Description, after: Description, path = ''): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((name) => {
    const [a, b] = [before[name], after[name]]
    const label = path + name
    if (isObject(a) && isObject(b)) return diffDescriptions(a, b, `${label}.`)
    return JSON.stringify(a) === JSON.stringify(b) ? [] : [`${label} ${show(a)} → ${show(b)}`]
  })
}

/** What a description no longer has, or has fewer `rows` of: data that only a snapshot has then. */
export function lostIn(before: Description, after: Description, path = ''): string[] {
  return Object.entries(before).flatMap(([name, a]) => {
    const b = after[name]
    const label = path + name
    if (isObject(a)) return isObject(b) ? lostIn(a, b, `${label}.`) : [label]
    const fewer = name === 'rows' && Number(b) < Number(a)
    return b === undefined || fewer ? [`${label} ${show(a)} → ${show(b)}`] : []
  })
}

const isObject = (value: unknown): value is Description => typeof value === 'object' && value !== null
const show = (value: unknown) =>
  value === undefined ? 'none' : typeof value === 'string' ? value : JSON.stringify(value)
