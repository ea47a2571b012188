import { Failure } from '../../cli/failure.ts'
import { exec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import type { Config } from '../../config/io/read.ts'
import type { ContainerState } from '../../docker/container.ts'
import { connectContainer } from '../../docker/io/containers.ts'
import { listContainers } from '../../docker/io/engine.ts'
import { believeGate } from '../../proxy/io/ensure.ts'
import { doorOf, servingProxy } from '../../proxy/successor.ts'
import { type Claims, isClaimed, wantedOf, withClaim, withoutClaim } from '../claims.ts'
import { aliasOf } from '../render.ts'
import { awaitCertificate, handOver, readCertificateFiles } from './certificates.ts'
import { changeClaims, readClaims } from './claims.ts'
import { ensureGate, findGate, proxiesNetwork, requireGate } from './gate.ts'
import { applyClaims } from './runtime.ts'

/**
 * Does `work`, which puts a project live, between two steps: its names are its own before anything else is touched, and
 * lead to it once it is live. Where HOSTS names none, it leaves the gate. Throws a Failure where another project has a
 * name.
 */
export async function throughGate(config: Config, work: () => Promise<void>): Promise<void> {
  const { PROJECT, GATE } = config
  if (config.HOSTS === '') {
    await leaveGate(config)
    return await work()
  }
  const wanted = checkedWanted(config)
  const former = readClaims(GATE)[PROJECT]
  const others = (claims: Claims) => (former ? { ...claims, [PROJECT]: former } : withoutClaim(claims, PROJECT))
  await changeClaims(config, (claims) => withClaim(claims, PROJECT, wanted))
  try {
    await changeClaims(
      config,
      (claims) => claims,
      (claims) => ensureGate(config, others(claims)),
    )
    await work()
  } catch (error) {
    await changeClaims(config, others)
    throw error
  }
  try {
    await joinGate(config)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    // What was deployed serves, but not by its names.
    log.error(`it has not joined the gate ${GATE}: ${error.message}`)
    log.note(`next: ${error.next}`)
    process.exitCode = 1
  }
}

// What the settings ask of the gate, once they and the files that they name were found to be good.
function checkedWanted(config: Config) {
  const { PROJECT, GATE } = config
  if (PROJECT === GATE)
    throw new Failure(`PROJECT and GATE are both ${JSON.stringify(GATE)}`, { next: 'give PROJECT another name' })
  const wanted = wantedOf(config)
  readCertificateFiles(config)
  return wanted
}

/** Says what a deploy would change at the gate. Throws the Failure with which it would be refused there. */
export function previewGate(config: Config): void {
  const { PROJECT, GATE, HOSTS } = config
  const claims = readClaims(GATE)
  if (HOSTS === '') {
    if (PROJECT in claims) log.note(`it leaves the gate ${GATE}`)
    return
  }
  const wanted = checkedWanted(config)
  withClaim(claims, PROJECT, wanted)
  if (!isClaimed(claims, PROJECT, wanted)) log.note(`the gate ${GATE} changes: it sends it ${HOSTS}`)
}

async function joinGate(config: Config): Promise<void> {
  const { PROJECT, GATE } = config
  const handed = await handOver(config)
  await changeClaims(
    config,
    (claims) => claims,
    async (claims) => {
      const claim = claims[PROJECT]
      const proxy = await attachProxy(GATE, PROJECT)
      if (!claim || !proxy) throw new Failure('the proxy is not running', { next: 'make logs SERVICE=proxy' })
      const address = proxy.networks[proxiesNetwork(GATE)]?.address ?? ''
      await applyClaims(await requireGate(GATE), claims, { slot: claim.slot, address })
    },
  )
  await awaitCertificate(config, handed)
  const scheme = wantedOf(config).tls === 'none' ? 'http' : 'https'
  log.note(
    `the gate ${GATE} sends it ${config.HOSTS.split(',')
      .map((site) => `${scheme}://${site}`)
      .join(', ')}`,
  )
}

/** Joins the proxy of a project with the gate's network, and lets it believe the gate. Undefined where no proxy runs. */
export async function attachProxy(gate: string, project: string): Promise<ContainerState | undefined> {
  const network = proxiesNetwork(gate)
  const format = '{{(index .IPAM.Config 0).Subnet}}'
  const { stdout } = await exec(['docker', 'network', 'inspect', '--format', format, network], { quiet: true })
  const containers = await listContainers(project)
  // The door owns the listening socket, and its newest successor answers.
  const [door, serving] = [doorOf(containers), servingProxy(containers)]
  if (!door || !serving) return undefined
  await believeGate(project, serving, stdout.trim())
  if (!(network in door.networks)) await connectContainer(door, network, aliasOf(project))
  return doorOf(await listContainers(project))
}

/** Takes a project's names from the gate: requests for them reach nobody from then on. Gives whether it had any. */
export async function leaveGate(config: Config): Promise<boolean> {
  const { PROJECT, GATE } = config
  if (!(PROJECT in readClaims(GATE))) return false
  await changeClaims(
    config,
    (claims) => withoutClaim(claims, PROJECT),
    async (claims) => {
      const gate = await findGate(GATE)
      if (gate?.status === 'running') await applyClaims(gate, claims)
    },
  )
  return true
}
