import type { Observed } from '../core/deploy-plan.ts'
import { PROXY } from '../core/release.ts'
import type { Config } from './config.ts'
import { listContainers } from './engine.ts'
import { readConfigOf, readServers, wantedConfig } from './proxy.ts'

/** What the engine and the proxy say now. */
export async function observe(config: Config): Promise<Observed> {
  const containers = await listContainers(config.PROJECT)
  const proxy = containers.find(({ service, status }) => service === PROXY && status === 'running')
  if (!proxy) return { containers, servers: [], proxyConfigured: false }
  const [servers, text] = await Promise.all([readServers(proxy.id), readConfigOf(proxy.id)])
  return { containers, servers, proxyConfigured: text === wantedConfig(config) }
}
