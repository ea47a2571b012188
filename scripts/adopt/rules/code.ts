import type { Old, Part } from '../draft.ts'
import { type Finding, listFindings, missing, note, ok, some } from '../finding.ts'
import { type Fated, FILE, lackedBy } from '../mounts.ts'
import { CODE, LISTS, withoutPackages } from '../packages.ts'

/** Code that is mounted over the same code of the image. */
export function sourcePart(old: Old, one: Fated, shown: string): Part {
  const { service, where } = old
  const at = { where: where(service, 'volumes') }
  const lacked = lackedBy(old, one)
  return {
    findings: listFindings(
      note(
        service,
        `the mount of ${shown} over ${one.target} is left out: it is code`,
        `${one.kept.length > 0 ? `the image contains ${one.kept.slice(0, 2).join(', ')}` : 'it belongs into the image'}; a mount would hide the next version. To work on it, use make dev`,
        { ...at, confidence: 'stated' },
      ),
      // Another stage may have installed them.
      !old.stage?.copies.some(({ from }) => from !== '') && manifestFinding(old, one.source ?? '', shown),
      lacked.length > 0 &&
        note(
          service,
          `the image lacks ${some(lacked)} of ${shown}`,
          'where the service needs these, let the Dockerfile copy them',
          { ...at, confidence: 'guess' },
        ),
    ),
  }
}

// What a mount of the code brought from the host beside it.
function manifestFinding(old: Old, source: string, shown: string): Finding | false {
  const manifest = withoutPackages(old, source)
  return (
    manifest !== undefined &&
    missing(
      old.service,
      `${shown} has ${manifest}, and nothing installs its packages in the image`,
      `let a Dockerfile copy the code and install them (build: in the Compose file), then run this again`,
      { where: old.where(old.service, 'volumes') },
    )
  )
}

// Where servers read configuration, and write none.
const CONFIGURED = /^\/etc\/|initdb|\/conf(ig)?(\.d)?$/

/** Files of the repository that the image lacks, and gets. */
export const bakedPart = (
  old: Old,
  { target, hasMore, read_only: readOnly, source = '', kept }: Fated,
  shown: string,
): Part => {
  const { service, where } = old
  // A folder that git keeps, and that has no code, may be where data begin, or what the application writes settings to.
  const isWritten =
    !readOnly &&
    old.tree.binds[source] === 'folder' &&
    !kept.some((file) => CODE.test(file) || LISTS.test(file) || (FILE.test(file) && CONFIGURED.test(target)))
  const at = { where: where(service, 'volumes') }
  return {
    findings: listFindings(
      manifestFinding(old, source, shown),
      isWritten
        ? note(
            service,
            `${shown} goes into the image, at ${target}: what the service writes there ends with each version`,
            `where it writes there, mount a volume at ${target} in the proposed file`,
            { ...at, confidence: 'guess' },
          )
        : ok(service, `${shown} goes into the image, at ${target}: git keeps it, so it belongs to the version`, at),
      hasMore &&
        !readOnly &&
        missing(
          service,
          `${shown} also has files that git does not keep: they are not in the image`,
          `where they are data, mount a volume at their folder below ${target}; else commit them`,
          at,
        ),
    ),
  }
}
