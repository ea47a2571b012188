import { posix } from 'node:path'
import { inFolder } from '../app.ts'
import { factsOf } from '../build.ts'
import { commandOf, type Draft, isWithin, type ServiceRule } from '../draft.ts'
import { type Finding, missing, note } from '../finding.ts'
import { type Guess, guessData } from '../guess.ts'
import { serverOf } from '../server.ts'
import type { Mount } from '../source-tree.ts'
import { withMounts } from '../uploads.ts'
import { guessWrites } from '../writes.ts'

/** Whether a server has the data: frameworks name a file of SQLite as the default also then. */
export const hasDatabase = ({ tree, project }: Draft): boolean =>
  Object.keys(project.services).some((name) =>
    /^(postgresql|mysql|mariadb)$/.test(serverOf(tree, project, name)?.kind ?? ''),
  )
/** The mounts of a service that hold what is written there: one of code is left out. */
export const keptMounts = ({ project, folders }: Draft, service: string): readonly Mount[] =>
  (project.services[service]?.volumes ?? []).filter(({ type, source = '' }) => type !== 'bind' || folders.has(source))

type Held = { readonly mounts: readonly Mount[]; readonly workdir: string; readonly hasServer: boolean }
/** Names the files beside the code to which data are written, and that no mount holds. */
export function besideFindings(
  check: string,
  beside: readonly Guess<string>[],
  { mounts, workdir, hasServer }: Held,
): Finding[] {
  const open = beside.filter(
    ({ value }) => !mounts.some(({ target }) => isWithin(posix.resolve(workdir, value), target)),
  )
  return open
    .filter(({ value }, index) => open.findIndex((one) => one.value === value) === index)
    .map(({ value, where }) =>
      hasServer || mounts.some(({ type }) => type === 'volume')
        ? note(
            check,
            `${value}: ${hasServer ? "its database beside the code, or the server's?" : 'in a volume, or beside the code?'}`,
            'make sure that it lies in a volume: every deploy loses what is beside the code',
            { where, confidence: 'guess' },
          )
        : missing(
            check,
            `${value} beside the code: every deploy would lose it`,
            'write it to a folder of its own, such as /data, and mount a volume there',
            { where, confidence: 'likely' },
          ),
    )
}

/** Names the data that a service beside the application has beside its code. */
export const besideRule: ServiceRule = (old) => {
  const { tree, spec, stage, service, isWeb, server } = old
  if (isWeb || server || !spec.build || !stage) return undefined
  const folder = posix.relative(posix.join(tree.root, tree.dir), spec.build.context)
  const sources = inFolder(tree.sources, folder)
  const facts = factsOf(tree, spec)
  const mounted = facts && withMounts(facts, spec, spec.build.context)
  const written = guessWrites(sources, { ...stage, facts: mounted, command: commandOf(old) })
  const own = [...guessData(sources, stage.workdir).beside, ...written].map((one) => ({
    ...one,
    where: posix.join(folder, one.where),
  }))
  return {
    findings: besideFindings(service, own, {
      ...{ mounts: keptMounts(old, service), workdir: stage.workdir, hasServer: hasDatabase(old) },
    }),
  }
}
