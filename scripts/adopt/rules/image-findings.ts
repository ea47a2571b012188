import { posix } from 'node:path'
import { isSecret } from '../../image/dockerfile-rules.ts'
import { dockerfileOf, factsOf } from '../build.ts'
import { copyFindings, lostCopies } from '../buildable.ts'
import { about, isWithin, type Old, shownPath } from '../draft.ts'
import { type Finding, listFindings } from '../finding.ts'
import { renameTo } from '../remedy.ts'

/** Names the secrets that a build would leave in its image. */
export function argFindings(old: Old): Finding[] {
  const secret = Object.keys(old.spec.build?.args ?? {}).filter(isSecret)
  const found = `${secret.join(', ')}: a build argument stays in the history of the image`
  const mend = 'let the build take it by RUN --mount=type=secret, or the service from its environment'
  return listFindings(secret.length > 0 && about(old, 'build').note(found, mend))
}

/** Names the other repository that a service could be built from, or the Dockerfile of an image that was built by hand until now. */
export function originFindings(old: Old): Finding[] {
  const { image, 'x-remote-build': remote, 'x-by-hand': file } = old.spec
  const elsewhere = `it could be built from ${remote}: that is no version of this repository, so it runs ${image}`
  const here = 'to build it from this repository, set build: to a folder of it, and run this again'
  const byHand = `nobody can pull ${image}: ${file} builds it with each version`
  const other = 'where another one makes it, name that in build: of the Compose file, and run this again'
  return listFindings(
    remote !== undefined && about(old, 'build').note(elsewhere, here),
    file !== undefined && about(old, 'image').note(byHand, other, { confidence: 'likely' }),
  )
}

/** Names what a service's Dockerfile copies, and git does not keep. */
export function lostFindings({ tree, service, spec }: Old): Finding[] {
  const facts = factsOf(tree, spec)
  if (!spec.build || !facts) return []
  return copyFindings(service, shownDockerfile({ tree, spec }), lostCopies(tree, spec.build.context, facts))
}
const shownDockerfile = ({ tree, spec: { build } }: Pick<Old, 'tree' | 'spec'>) =>
  posix.join(shownPath(tree, build?.context ?? ''), build?.dockerfile ?? 'Dockerfile')

/** Whether the Dockerfile of a build is not there. Only a folder that was read can lack one. */
export const isAbsent = ({ tree, spec: { build } }: Old): boolean =>
  build !== undefined &&
  isWithin(build.context, posix.join(tree.root, tree.dir)) &&
  dockerfileOf(tree, build) === undefined
/** Names the Dockerfile that a build lacks. */
export const absentFinding = (old: Old): Finding =>
  about(old, 'build').missing(
    `its build has no ${shownDockerfile(old)}`,
    renameTo(old.tree, shownDockerfile(old), 'write it, or correct build: in the Compose file'),
  )
