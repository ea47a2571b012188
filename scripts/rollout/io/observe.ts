import { PROXY } from '../../docker/compose-model.ts'
import { listContainers } from '../../docker/io/engine.ts'
import { toolkitContainerId } from '../../docker/io/toolkit-container.ts'
import { proxyIn } from '../../proxy/io/runtime.ts'
import type { Observed } from '../situation.ts'

/** What the engine and the proxy of a project say now, without the toolkit container that asks. */
export async function observe(project: string): Promise<Observed> {
  const containers = (await listContainers(project)).filter(({ id }) => id !== toolkitContainerId())
  const proxy = containers.find(({ service, status }) => service === PROXY && status === 'running')
  return { containers, proxy: proxy && (await proxyIn(proxy.id).readState()) }
}
