import { recognizeServer } from '../../release/snapshot-presets.ts'
import { isScratch, type Old, type Part } from '../draft.ts'
import { note, ok, some } from '../finding.ts'
import { isJob } from '../job.ts'
import { fatesOf } from '../mounts.ts'

/** Says how a snapshot holds what a service keeps in volumes without being a server that has a hook. */
export function keeper(old: Old): Part | undefined {
  const { service, spec, stage, project, where } = old
  const volumes = fatesOf(old).filter(({ fate }) => fate === 'volume' || fate === 'data')
  const all = [...volumes.map(({ target }) => target), ...(stage?.volumes ?? [])]
  const paths = [...new Set(all)].filter((path) => !isScratch(path))
  if (paths.length === 0) return undefined
  const found = `${some(paths)}: no hook, so a snapshot pauses it while it copies the files`
  const at = { where: where(service, 'volumes') }
  // Its command hides what it runs, and its name may say it.
  const called = isJob(project, service)
    ? undefined
    : recognizeServer({ image: spec.build ? stage?.image : spec.image })
  return {
    findings: [
      called
        ? note(
            service,
            `${found}, and its image is called ${called}`,
            `where it serves: x-snapshot: ${called} on it`,
            at,
          )
        : ok(service, `${found} (x-snapshot: sqlite for SQLite)`, at),
    ],
  }
}
