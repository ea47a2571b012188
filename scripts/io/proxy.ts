import { readFileSync } from 'node:fs'
import { parseServers, renderConfig, type Server } from '../core/haproxy.ts'
import type { Settings } from '../core/settings.ts'
import { exec, tryExec } from './exec.ts'

/** Where the configuration lies in the proxy's container. */
export const CONFIG_FILE = '/usr/local/etc/haproxy/haproxy.cfg'
const SOCKET = '/run/haproxy/admin.sock'

/** The slots of the proxy's backend as HAProxy sees them now. */
export async function readServers(proxy: string): Promise<Server[]> {
  return parseServers(await runtime(proxy, 'show servers state app; show stat app 4 -1', true))
}

/** Puts slots into a state. */
export async function setServerState(
  proxy: string,
  servers: readonly string[],
  state: 'ready' | 'drain',
): Promise<void> {
  if (servers.length === 0) return
  await runtime(proxy, servers.map((server) => `set server app/${server} state ${state}`).join('; '), false)
}

/** The configuration that the proxy of a project should run. */
export const wantedConfig = ({ APP_PORT, HEALTH_PATH }: Settings): string =>
  renderConfig(readFileSync('compose/proxy/haproxy.cfg', 'utf8'), { APP_PORT: String(APP_PORT), HEALTH_PATH })

/** The configuration that lies in a running proxy; empty where there is none. */
export async function readConfigOf(proxy: string): Promise<string> {
  return (await tryExec(['docker', 'exec', proxy, 'cat', CONFIG_FILE], { quiet: true })).stdout
}

async function runtime(proxy: string, command: string, quiet: boolean): Promise<string> {
  const argv = ['docker', 'exec', '-i', proxy, 'socat', '-t', '5', '-', SOCKET] as const
  return (await exec(argv, { input: `${command}\n`, quiet, timeout: 10_000 })).stdout
}
