import { Failure } from '../cli/failure.ts'
import { lastVerified, type Snapshot, shortSnapshot, type Verification } from './snapshot.ts'

/**
 * Chooses a snapshot: the one whose id begins with `wanted`, or else the last that was read back on this engine. Where
 * none was, because another engine took them, it is the newest. `of` narrows the choice. Throws a Failure with the
 * choices.
 */
export function chooseSnapshot(
  snapshots: readonly Snapshot[],
  verifications: readonly Verification[],
  wanted: string | undefined,
  of: (snapshot: Snapshot) => boolean = () => true,
): Snapshot {
  const mine = snapshots.filter(of)
  const found = wanted
    ? snapshots.filter(({ id }) => id.startsWith(wanted))
    : [lastVerified(mine, verifications) ?? mine.at(-1)].filter((one) => one !== undefined)
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
