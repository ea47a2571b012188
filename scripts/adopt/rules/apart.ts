import { posix } from 'node:path'
import { isSameBuild } from '../build.ts'
import { about, type Old, shownPath } from '../draft.ts'
import type { Finding } from '../finding.ts'
import { type Fated, fatesOf } from '../mounts.ts'
import { isWithin } from '../source-tree.ts'
import { hasOwnVolume } from './sent.ts'

/** Names the services that mounted the same code: once it lies in the image of each, none sees what another writes. */
export function sharedFindings(services: readonly Old[]): Finding[] {
  const all = services.flatMap((old) =>
    // A database has scripts there, and writes elsewhere.
    old.server
      ? []
      : fatesOf(old).flatMap((one) => (isFolder(old, one) ? [{ ...one, old, source: one.source ?? '' }] : [])),
  )
  const pairs = all.flatMap((one) =>
    one.read_only || !['source', 'baked'].includes(one.fate)
      ? []
      : all.flatMap((other) => {
          const isAlike = one.old.service === other.old.service || isSameBuild(other.old.spec.build, one.old.spec.build)
          // They have in common what lies further down.
          const [folder] = [one, other].filter(
            ({ source }) => isWithin(source, one.source) && isWithin(source, other.source),
          )
          if (isAlike || !folder) return []
          const placeIn = ({ source, target }: typeof one) =>
            posix.join(target, posix.relative(source, folder.source), '.')
          const isVolume = [one, other].every((each) => hasOwnVolume(each.old, placeIn(each)))
          return isVolume ? [] : [{ one, other, folder: folder.source }]
        }),
  )
  return [...Map.groupBy(pairs, ({ folder }) => folder)].flatMap(([folder, same]) => {
    const names = [...new Set(same.flatMap(({ one, other }) => [one.old.service, other.old.service]))].toSorted()
    const apart = 'in the release each has its own copy, and sees nothing that another writes'
    const mend = 'where one writes files that another serves, mount one volume in both, at the folder of these files'
    const own = same.filter(({ one }) => one.source === folder)
    return [...own, ...same].slice(0, 1).map(({ one: { old } }) => {
      const said = `${names.join(', ')} mounted ${shownPath(old.tree, folder)}: ${apart}`
      return about(old, 'volumes').note(said, mend, { confidence: 'likely' })
    })
  })
}
const isFolder = ({ tree }: Old, { type, source = '', kept }: Fated) =>
  type === 'bind' && tree.binds[source] === 'folder' && kept.length > 0
