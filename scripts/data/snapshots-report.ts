import { renderAge, renderBytes, renderTable } from '../cli/table.ts'
import { shortVersion } from '../release/history-report.ts'
import { type Snapshot, shortSnapshot, type Verification } from './snapshot.ts'

/** The snapshots for a person, newest first. `now` in milliseconds. */
export function renderSnapshots(
  snapshots: readonly Snapshot[],
  verifications: readonly Verification[],
  now: number,
): string {
  if (snapshots.length === 0) return 'no snapshot yet\n  next: make backup'
  const rows = snapshots.toReversed().map((one) => [
    shortSnapshot(one.id),
    shortVersion(one.version),
    one.target,
    `${renderAge(now - Date.parse(one.at))} ago`,
    renderBytes(one.bytes),
    renderBytes(one.added),
    verifications.some(({ id }) => id === one.id) ? 'yes' : 'not here',
    Object.entries(one.modes)
      .map((pair) => pair.join(': '))
      .join(', '),
  ])
  return renderTable(['SNAPSHOT', 'VERSION', 'BY', 'AGE', 'SIZE', 'ADDED', 'VERIFIED', 'VOLUMES'], rows, 2)
}

type Names = Readonly<Record<string, string>>

/** The document of a restore without a release. `volumes` are their names by key; undefined where it was only planned. */
export const reportRestored = ({ id, version, revision }: Snapshot, volumes: Names | undefined): object => ({
  ...{ outcome: volumes ? 'restored' : 'planned', snapshot: id, version, revision, volumes },
})

/** The same for a person, with what to deploy on these volumes. */
export function renderRestored({ id, version, revision }: Snapshot, volumes: Names | undefined): string {
  if (!volumes)
    return `snapshot ${shortSnapshot(id)} would be put into new volumes, where the next deploy finds them; nothing was done`
  return [
    `restored: ${shortSnapshot(id)}, the data of ${version}, into ${Object.values(volumes).join(', ')}; nothing runs yet`,
    `  next: make ship REF=${revision || version}   (what wrote them; or make ship, for what is checked out)`,
  ].join('\n')
}
