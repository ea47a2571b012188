import { posix } from 'node:path'
import { isSecret } from '../../image/dockerfile-rules.ts'
import { dockerfileOf, factsOf } from '../build.ts'
import { copyFindings, lostCopies } from '../buildable.ts'
import { isWithin, type Old, shownPath } from '../draft.ts'
import { type Finding, listFindings, missing, note, pathOf } from '../finding.ts'

/** Names the secrets that a build would leave in its image. */
export function argFindings({ service, spec, where }: Old): Finding[] {
  const secret = Object.keys(spec.build?.args ?? {}).filter(isSecret)
  return listFindings(
    secret.length > 0 &&
      note(
        service,
        `${secret.join(', ')}: a build argument stays in the history of the image`,
        'let the build take it by RUN --mount=type=secret, or the service from its environment',
        { where: where(service, 'build') },
      ),
  )
}

/** Names the other repository that a service could be built from. */
export const remoteFinding = ({ service, spec, where }: Old, remote: string): Finding =>
  note(
    service,
    `it could be built from ${remote}: that is no version of this repository, so it runs ${spec.image}`,
    `to build it from this repository, set build: to a folder of it, and run this again`,
    { where: where(service, 'build') },
  )

/** Names what a service's Dockerfile copies, and git does not keep. */
export function lostFindings({ tree, service, spec }: Old): Finding[] {
  const facts = factsOf(tree, spec)
  if (!spec.build || !facts) return []
  const path = posix.join(shownPath(tree, spec.build.context), spec.build.dockerfile ?? 'Dockerfile')
  return copyFindings(service, path, lostCopies(tree, spec.build.context, facts))
}

/** Names the folder outside of the repository that a build reads. */
export const outsideFinding = ({ service, tree, where }: Old, context: string): Finding => {
  const claims = ['build', 'image'].map((key) => pathOf('services', service, key))
  const mend = 'bring that folder into the repository, and name it in the Compose file'
  const found = `its build reads ${shownPath(tree, context)}, outside of this repository`
  return missing(service, found, mend, { where: where(service, 'build'), claims })
}

/** Whether the Dockerfile of a build is not there. Only a folder that was read can lack one. */
export function isAbsent({ tree, spec }: Old): boolean {
  const isRead = spec.build !== undefined && isWithin(spec.build.context, posix.join(tree.root, tree.dir))
  return isRead && spec.build !== undefined && dockerfileOf(tree, spec.build) === undefined
}
/** Names the Dockerfile that a build lacks. */
export const absentFinding = ({ service, tree, spec, where }: Old): Finding =>
  missing(
    service,
    `its build has no ${posix.join(shownPath(tree, spec.build?.context ?? ''), spec.build?.dockerfile ?? 'Dockerfile')}`,
    'write it, or correct build: in the Compose file',
    { where: where(service, 'build') },
  )
