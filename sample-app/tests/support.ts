import { randomUUID } from 'node:crypto'
import { getContainerRuntimeClient, type StartedTestContainer, Wait } from 'testcontainers'
import { TestContainer } from '../../scripts/testing/container.ts'

/** What tests make carries their run in this label, so that a later one finds what a killed one has left. */
export const LABELS = { 'org.dartagnan.test': process.env['DARTAGNAN_CHECK'] ?? '' }

/** The name of an image under test, which the caller builds. */
export function image(name: 'IMAGE_UNDER_TEST' | 'TEST_IMAGE' | 'POSTGRES_IMAGE'): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set: name an image that this engine holds`)
  return value
}

export async function engine() {
  return (await getContainerRuntimeClient()).container.dockerode
}

/** A named volume, gone when the block ends. Made explicitly: one that a mount makes carries no label. */
export async function createVolume() {
  const docker = await engine()
  const name = `journal-test-${randomUUID()}`
  await docker.createVolume({ Name: name, Labels: LABELS })
  return { name, [Symbol.asyncDispose]: () => docker.getVolume(name).remove({ force: true }) }
}

/** A network, gone when the block ends, in which containers find one another by name. */
export async function createNetwork() {
  const docker = await engine()
  const name = `journal-test-${randomUUID()}`
  const network = await docker.createNetwork({ Name: name, Labels: LABELS })
  return { name, [Symbol.asyncDispose]: () => network.remove() }
}

/** The image under test as it is deployed: nothing can be written but the volume and /tmp. */
export class Journal extends TestContainer {
  constructor(volume?: string, mode: 'ro' | 'rw' = 'rw') {
    super(image('IMAGE_UNDER_TEST'))
    this.hostConfig.ReadonlyRootfs = true
    this.withDroppedCapabilities('ALL')
      .withSecurityOpt('no-new-privileges')
      .withTmpFs({ '/tmp': 'noexec,nosuid,nodev,size=16m' })
      .withExposedPorts(8000)
      .withWaitStrategy(Wait.forHttp('/healthz', 8000))
    if (volume) this.withBindMounts([{ source: volume, target: '/data', mode }])
  }

  /** Runs a command of the image instead of the service, to its end; not 0 is an error. */
  withOneShot(...command: string[]): this {
    this.exposedPorts = []
    return this.withCommand(command)
      .withHealthCheck({ test: ['CMD', 'true'] })
      .withWaitStrategy(Wait.forOneShotStartup())
  }
}

export async function request(journal: StartedTestContainer, path: string, init?: RequestInit) {
  return await fetch(`http://${journal.getHost()}:${journal.getMappedPort(8000)}${path}`, init)
}

export async function post(journal: StartedTestContainer, text: string): Promise<number> {
  const headers = { 'Content-Type': 'application/json' }
  return (await request(journal, '/entries', { method: 'POST', headers, body: JSON.stringify({ text }) })).status
}

export async function texts(journal: StartedTestContainer): Promise<string[]> {
  const answer = await request(journal, '/entries?limit=1000')
  const { entries } = (await answer.json()) as { entries: { text: string }[] }
  return entries.map((entry) => entry.text)
}

/** What a container printed so far. (testcontainers' own logs() ends only when the container does.) */
export async function logs(container: StartedTestContainer): Promise<string> {
  const printed = await (await engine()).getContainer(container.getId()).logs({ stdout: true, stderr: true })
  return withoutFrames(printed)
}

/** The engine puts eight bytes before each piece: the stream, three zeros, and the length. */
function withoutFrames(printed: Buffer): string {
  let text = ''
  for (let at = 0; at < printed.length; ) {
    const end = at + 8 + printed.readUInt32BE(at + 4)
    text += printed.toString('utf8', at + 8, end)
    at = end
  }
  return text
}
