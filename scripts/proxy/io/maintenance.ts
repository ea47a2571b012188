import { listContainers } from '../../docker/io/engine.ts'
import { readOrWarn, removeLedger, writeLedger } from '../../state/io/ledger.ts'
import { isMaintenance, MAINTENANCE_VARIABLE, type Maintenance, withMaintenance } from '../maintenance.ts'
import { servingProxy } from '../successor.ts'
import { reload } from './reload.ts'
import { proxyOf } from './runtime.ts'

const FILE = 'maintenance.json'

/** The maintenance that a project is in; undefined for none. */
export const readMaintenance = (project: string): Maintenance | undefined => readOrWarn(isMaintenance, project, FILE)

/**
 * Begins maintenance, or ends it, without a dropped connection. Whoever is killed in between has written it down: the next
 * deploy sees that the proxy runs otherwise. Gives whether a proxy runs.
 */
export async function changeMaintenance(project: string, wanted: Maintenance | undefined): Promise<boolean> {
  if (wanted) writeLedger(project, [FILE], wanted)
  else removeLedger(project, FILE)
  const serving = servingProxy(await listContainers(project))
  if (!serving) return false
  const proxy = proxyOf(serving)
  const { config, live } = await proxy.readState()
  const text = withMaintenance(config, wanted)
  if (text === config) return true
  await proxy.configure(text, live)
  // Those that wait for the end are answered by the application.
  if (!wanted) await proxy.command(`experimental-mode on; set var ${MAINTENANCE_VARIABLE} int(0)`)
  await reload(serving)
  return true
}
