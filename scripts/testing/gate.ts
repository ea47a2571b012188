import { randomInt } from 'node:crypto'
import { exec } from '../cli/io/exec.ts'
import { isFree } from '../docker/io/free-port.ts'
import type { TestProject } from './test-project.ts'

/** The settings of a gate for tests alone: several stand side by side on an engine. */
export async function gateOf(project: TestProject) {
  return {
    GATE: `${project.name}-gate`,
    GATE_BIND: '127.0.0.1',
    GATE_HTTP_PORT: await freePort(),
    GATE_HTTPS_PORT: await freePort(),
    GATE_METRICS_PORT: await freePort(),
  }
}

/** A port below those that the kernel gives to outgoing connections. */
export async function freePort(): Promise<string> {
  const port = randomInt(10_000, 32_000)
  return (await isFree('0.0.0.0', port)) ? String(port) : await freePort()
}

/** Runs a command in the container of such a gate. */
export const runInGate = async (gate: string, ...argv: string[]): Promise<string> =>
  (await exec(['docker', 'exec', `${gate}-gate-1`, ...argv], { quiet: true })).stdout

/** The certificate of a gate's local authority. */
export const readLocalRoot = (gate: string): Promise<string> =>
  runInGate(gate, 'cat', '/usr/local/etc/haproxy/local-ca.crt')
