import { PROXY } from '../core/release.ts'
import type { Observed } from '../core/rollout-plan.ts'
import { listContainers } from './engine.ts'
import { readProxy } from './proxy.ts'
import { selfId } from './self.ts'

/** What the engine and the proxy of a project say now. The container that asks is not part of it. */
export async function observe(project: string): Promise<Observed> {
  const containers = (await listContainers(project)).filter(({ id }) => id !== selfId())
  const proxy = containers.find(({ service, status }) => service === PROXY && status === 'running')
  return { containers, proxy: proxy && (await readProxy(proxy.id)) }
}
