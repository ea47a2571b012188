import { log } from '../../cli/io/log.ts'
import { findImage } from '../../docker/io/engine.ts'
import { serverOf } from '../../release/held.ts'
import type { Composed } from '../../release/model.ts'
import { sayNoHook, writesEachChange } from '../../release/snapshot-presets.ts'
import { writableBinds } from '../unsaved.ts'

/** Warns of what snapshots of a release do not hold, or hold only as files that a server has not finished. */
export async function warnOfGaps(release: Composed): Promise<void> {
  await warnOfServers(release)
  const binds = writableBinds(release.compose)
  if (binds.length > 0) log.warn(`no snapshot holds what services write to folders of the host: ${binds.join(', ')}`)
}

// Names each database server whose volumes snapshots hold, and which has no hook.
async function warnOfServers({ compose, volumes }: Composed): Promise<void> {
  const bare = volumes.filter(({ kept, hook }) => kept && !hook).flatMap(({ writers }) => writers)
  for (const service of new Set(bare)) {
    const definition = compose.services[service] ?? {}
    // A hook of a server's one volume is enough; false says that nobody wants one.
    if (definition['x-snapshot'] !== undefined && definition['x-snapshot'] !== null) continue
    const config = (await findImage(definition.image ?? ''))?.Config
    const server = serverOf(definition, config)
    if (server && !writesEachChange(server, definition.command ?? config?.Cmd)) log.warn(sayNoHook(service, server))
  }
}
