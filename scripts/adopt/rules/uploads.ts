import { posix } from 'node:path'
import { filesIn, inFolder } from '../app.ts'
import { factsOf } from '../build.ts'
import { isWithin, type ServiceRule } from '../draft.ts'
import { missing } from '../finding.ts'
import { findUploads, withMounts } from '../uploads.ts'

/** Names the folders of uploads that a service beside the application keeps in no volume. */
export const uploadsRule: ServiceRule = ({ tree, spec, stage, service, isWeb, server, where }) => {
  const { build, volumes = [] } = spec
  const facts = factsOf(tree, spec)
  if (isWeb || server || !stage || !build || !facts) return undefined
  const folder = posix.relative(posix.join(tree.root, tree.dir), build.context)
  const [sources, files] = [inFolder(tree.sources, folder), filesIn(tree.files, folder)]
  const found = findUploads({ sources, files, facts: withMounts(facts, spec, build.context), workdir: stage.workdir })
  const open = found.filter(
    ({ value }) =>
      !stage.volumes.some((path) => isWithin(value, path)) &&
      !volumes.some(({ type, target }) => type !== 'bind' && (isWithin(value, target) || isWithin(target, value))),
  )
  return {
    findings: open.map(({ value, where: at, confidence }) =>
      missing(
        service,
        `${value} may keep what users send, in no volume: every deploy would lose it`,
        'where the application writes there, mount one volume in all services that share it',
        { where: at || where(service), confidence },
      ),
    ),
  }
}
