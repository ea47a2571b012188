import { listContainers } from '../../docker/io/engine.ts'
import { toolkitContainerId } from '../../docker/io/toolkit-container.ts'
import { readMaintenance } from '../../proxy/io/maintenance.ts'
import { proxyOf } from '../../proxy/io/runtime.ts'
import { doorOf, servingProxy, successorsOf } from '../../proxy/successor.ts'
import type { Observed } from '../situation.ts'

/** What the engine and the proxy of a project say now, without the toolkit container that asks. */
export async function observe(project: string): Promise<Observed> {
  const containers = (await listContainers(project)).filter(({ id }) => id !== toolkitContainerId())
  const [serving, door] = [servingProxy(containers), doorOf(containers)]
  const maintenance = readMaintenance(project)
  if (!serving || !door) return { containers, proxy: undefined, maintenance }
  const successors = successorsOf(containers).length
  const alone = successors === 0 || (successors === 1 && (await proxyOf(door).isDoor()))
  return { containers, proxy: { ...(await proxyOf(serving).readState()), alone }, maintenance }
}
