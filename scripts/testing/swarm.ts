import { join } from 'node:path'
import type { Executed } from '../cli/io/exec.ts'
import { lockedImage } from '../image/io/images.ts'
import { testRun } from '../state/io/lock.ts'
import { addressOf } from './image.ts'
import { startRegistry } from './registry.ts'
import { makeNetwork, TestEngine } from './test-engine.ts'
import { TestProject } from './test-project.ts'

/** A swarm, each node an engine in a container, and the registry that they pull from. */
export type TestSwarm = {
  readonly project: TestProject
  readonly nodes: readonly TestEngine[]
  /** Runs `make X` on a node, by its number. `must` throws where it fails, and gives all that it prints. */
  readonly make: (node: number, targets: string, env?: Record<string, string>) => Promise<Executed>
  readonly must: (node: number, targets: string, env?: Record<string, string>) => Promise<string>
  readonly urlOf: (node: number) => Promise<string>
}

/** Starts one with nodes of these names; those that begin with w are workers. `env` are settings of all targets. */
export async function startSwarm(names: readonly string[], env: Record<string, string>): Promise<TestSwarm> {
  const project = await TestProject.create({ own: true })
  await makeNetwork(project)
  const registry = await startRegistry(project, 'marker-of-the-registry-password')
  const certificates = { [registry.host]: registry.certificate }
  const python = lockedImage('python').reference
  const nodes = await Promise.all(
    names.map((name, index) => TestEngine.start(project, name, { certificates, images: index === 0 ? [python] : [] })),
  )
  const [first, ...others] = nodes as [TestEngine, ...TestEngine[]]
  const address = await addressOf(first.name)
  await first.docker('swarm', 'init', '--advertise-addr', address)
  for (const other of others) {
    const role = other.name.split('-').at(-1)?.startsWith('w') ? 'worker' : 'manager'
    const token = await first.docker('swarm', 'join-token', '--quiet', role)
    await other.docker('swarm', 'join', '--token', token, `${address}:2377`)
  }
  const settings = {
    ...project.environment(),
    HOME: join(project.folder, '.cache', 'home'),
    DARTAGNAN_CHECK: testRun(),
    ORCHESTRATOR: 'swarm',
    IMAGE_REPOSITORY: `registry.test:5000/team/${project.name}`,
    REGISTRY_USER: registry.user,
    REGISTRY_PASSWORD_FILE: registry.passwordFile,
    REGISTRY_CA_FILE: 'secrets/ca.crt',
    FORCE: 'untested',
    ...env,
  }
  const make: TestSwarm['make'] = (node, targets, more = {}) =>
    (nodes[node] as TestEngine).make(targets, { ...settings, ...more }, project.folder)
  return {
    ...{ project, nodes, make },
    must: async (node, targets, more) => {
      const { stdout, stderr, exitCode } = await make(node, targets, more)
      if (exitCode !== 0) throw new Error(`make ${targets} ended with ${exitCode}:\n${stderr}\n${stdout}`)
      return stdout + stderr
    },
    urlOf: async (node) => `http://${await addressOf(nodes[node]?.name ?? '')}:${project.port}`,
  }
}
