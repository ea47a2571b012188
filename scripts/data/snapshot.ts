import * as v from 'valibot'
import { parseJson } from '../cli/parse.ts'
import type { Description } from './description.ts'

/**
 * How a snapshot holds a volume's data: as its files, as its files with a hook's copy in place of some, or as a dump
 * alone.
 */
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

/** Which snapshot goes into which new volumes; `names` are their names by key. */
export type Fill = {
  readonly snapshot: string
  readonly modes: Snapshot['modes']
  readonly names: Readonly<Record<string, string>>
}

/** What reading a snapshot back has shown. The ledger keeps one for each verified snapshot. */
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

const VERIFICATION = v.looseObject({
  ...{ id: v.string(), place: v.string(), release: v.string(), at: v.string() },
  described: v.record(v.string(), v.looseObject({})),
})
export const isVerification = (value: unknown): value is Verification => v.is(VERIFICATION, value)

/** What to say of an answer of restic that has another form than its manual gives. */
export const STRANGE = { what: 'what restic says', next: 'make doctor   (restic may be of another version)' }

/** The tag of a pass over data in use. A pass only makes the next snapshot quick: nothing restores from it. */
export const PASS_TAG = 'pass'

const count = v.exactOptional(v.number())
const LISTED = v.looseObject({
  id: v.pipe(v.string(), v.regex(/^\w+$/)),
  time: v.string(),
  tags: v.nullish(v.array(v.string())),
  summary: v.nullish(
    v.looseObject({ data_added_packed: count, total_bytes_processed: count, total_files_processed: count }),
  ),
})
type Listed = v.InferOutput<typeof LISTED>
// What names another mode is not of this version, and none of ours.
const MODE = /^volume:([^=]+)=(files|copy|dump)$/
const isMode = (kind: string | undefined): kind is CopyMode => ['files', 'copy', 'dump'].includes(kind ?? '')

/** The tags that parseSnapshots reads. */
export const tagsOf = (
  { release, version, revision, target }: Pick<Snapshot, 'release' | 'version' | 'revision' | 'target'>,
  modes: Snapshot['modes'],
): string[] =>
  [
    `release=${release}`,
    `version=${version}`,
    `revision=${revision}`,
    `target=${target}`,
    ...Object.entries(modes).map(([key, kind]) => `volume:${key}=${kind}`),
    // restic would read a comma, say in the label of an image, as the beginning of another tag.
  ].map((tag) => tag.replaceAll(',', ';'))

/** Reads the JSON of `restic snapshots`: the snapshots, oldest first, and the ids of passes. */
export function parseSnapshots(text: string): { snapshots: Snapshot[]; passes: string[] } {
  const all = parseJson(v.array(LISTED), text, STRANGE)
  const isPass = ({ tags }: Listed) => tags?.includes(PASS_TAG) ?? false
  const snapshots = all
    .filter((one) => !isPass(one) && one.tags?.some((tag) => MODE.test(tag)))
    .map(({ id, time, tags, summary }): Snapshot => {
      const pairs = (tags ?? []).map(
        (tag) => [tag.slice(0, tag.indexOf('=')), tag.slice(tag.indexOf('=') + 1)] as const,
      )
      const value = (name: string) => pairs.find(([found]) => found === name)?.[1] ?? ''
      const modes = (tags ?? []).flatMap((tag) => {
        const [, key, kind] = MODE.exec(tag) ?? []
        return key && isMode(kind) ? [[key, kind] as const] : []
      })
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

/** A test for snapshots that hold the data as a release left them. */
export const holdsDataOf =
  ({ release, version }: Pick<Snapshot, 'release' | 'version'>) =>
  (snapshot: Snapshot): boolean =>
    snapshot.release === release || snapshot.version === version

/**
 * The one of these snapshots that was read back last on this engine. The ledger's order says so: where the clock was set back, a
 * later snapshot has an earlier time.
 */
export const lastVerified = (
  snapshots: readonly Snapshot[],
  verifications: readonly Verification[],
): Snapshot | undefined => {
  const last = verifications.findLast(({ id }) => snapshots.some((snapshot) => snapshot.id === id))
  return snapshots.find(({ id }) => id === last?.id)
}

/** The first eight digits of a snapshot's id, as restic shows it. */
export const shortSnapshot = (id: string): string => id.slice(0, 8)
