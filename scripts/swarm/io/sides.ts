import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../cli/failure.ts'
import { exec, tryExec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { waitFor } from '../../cli/io/wait.ts'
import { settleVolumes } from '../../data/io/volumes.ts'
import { GUARD, PROXY } from '../../docker/compose-model.ts'
import type { ContainerState } from '../../docker/container.ts'
import { connectContainer, removeContainers, stopContainers } from '../../docker/io/containers.ts'
import { listContainers } from '../../docker/io/engine.ts'
import { COMPOSE_PROJECT } from '../../docker/labels.ts'
import { problemThrough } from '../../proxy/io/probe.ts'
import { openProxy } from '../../proxy/io/runtime.ts'
import { aliasOf, edgeNetwork } from '../../proxy/sets.ts'
import { doorOf } from '../../proxy/successor.ts'
import type { Release } from '../../release/model.ts'
import { mustApply } from '../../rollout/io/apply.ts'
import { gatherFacts } from '../../rollout/io/facts.ts'
import { observe } from '../../rollout/io/observe.ts'
import type { Run } from '../../rollout/io/run.ts'
import { planRollout } from '../../rollout/plan.ts'
import type { Step } from '../../rollout/step.ts'
import { overlay } from '../compile.ts'
import { eachProxy, endHold, type Hold, holdRequests, taskContainers } from './hold.ts'
import { isInSwarm } from './nodes.ts'
import { handPortOver } from './port.ts'
import { compileHere, type Rollouts, serve } from './serve.ts'
import { stopServices } from './stop.ts'
import { readServices, removeProject, removeService } from './swarm.ts'

// Both sides know the members of the other one for a moment: by the overlay network on which the proxies of the swarm are.

/** A step from one side to the other. */
type Act = { readonly text: string; readonly act: () => Promise<void> }

/** The containers that Compose runs of a project on this engine. */
export const composeContainers = async (project: string): Promise<ContainerState[]> =>
  (await listContainers(project)).filter(({ service }) => service !== GUARD)

/** Throws a Failure where Compose runs a project on this engine that the swarm is to run: two would write. */
export async function requireNotByCompose(project: string): Promise<void> {
  if ((await composeContainers(project)).some(({ status }) => status === 'running'))
    throw new Failure(`Compose runs ${project} on this engine`, {
      next: 'make migrate ORCHESTRATOR=swarm   (moves it, with its data)',
    })
}
/** Throws a Failure where the swarm runs a project that Compose is to run. */
export async function requireNotOnSwarm(project: string): Promise<void> {
  if ((await isInSwarm()) && (await readServices(project)).services.length > 0)
    throw new Failure(`the swarm runs ${project}`, {
      next: 'make migrate ORCHESTRATOR=compose   (moves it, with its data); or: ORCHESTRATOR=swarm in .env',
    })
}

const routedOf = ({ routes }: Release) => routes.map(({ service }) => service)
const setsOf = (release: Release) => Object.fromEntries(routedOf(release).map((name) => [name, 'blue' as const]))
const edgeOf = ({ compose }: Release) => overlay(compose, 'edge')
const isProxy = ({ service }: ContainerState) => service === PROXY

/** The steps from Compose to the swarm. Nobody writes on both: one side stops, while requests wait, before the other starts. */
export function fromComposeToSwarm(run: Rollouts, release: Release): Act[] {
  const { PROJECT } = run.config
  const stop = async () => {
    const proxy = await openProxy(PROJECT)
    await proxy.hold(routedOf(release))
    const quiet = async () => (await proxy.readServers()).every(({ inFlight }) => inFlight === 0)
    await waitFor(async () => (await quiet()) && (await sleep(5).then(quiet)), run.config.HOLD_TIMEOUT * 0.3)
    await stopContainers((await composeContainers(PROJECT)).filter((one) => !isProxy(one)))
  }
  const handOver = async () => {
    const proxy = await openProxy(PROJECT)
    const containers = await composeContainers(PROJECT)
    const door = doorOf(containers)
    if (door) await connectContainer(door, edgeOf(release), `${PROXY}-of-compose`)
    await mustBeReached(async () => await problemThrough(proxy, release, setsOf(release)))
    await proxy.unhold(routedOf(release))
  }
  const start = () => startOnSwarm(run, release, handOver)
  return [
    { text: 'hold requests, and stop what Compose runs', act: stop },
    { text: 'start it on the swarm, let the requests go there, and hand the port over', act: start },
    { text: 'remove what Compose ran', act: () => removeCompose(run, release) },
  ]
}

/** The steps from the swarm to Compose on this engine. */
export function fromSwarmToCompose(run: Rollouts, release: Release): Act[] {
  const { PROJECT } = run.config
  let hold: Hold | undefined
  const stop = async () => {
    hold = await holdRequests(run, routedOf(release))
    await stopServices(PROJECT, serviceNames(release))
  }
  const start = async () => {
    await applyCompose(run, release, ['volumes', 'recreate', 'create', 'start', 'ready'])
    for (const one of await composeContainers(PROJECT))
      if (routedOf(release).includes(one.service))
        // By its own network Compose's proxy will find it, once it has the port.
        for (const network of [edgeOf(release), edgeNetwork(PROJECT)])
          await connectContainer(one, network, aliasOf(one.service, 'blue'))
    await mustBeReached(async () =>
      (await eachProxy(run, (proxy) => problemThrough(proxy, release, setsOf(release)))).find(Boolean),
    )
    await hold?.end()
  }
  return [
    { text: 'hold requests on every node, and stop what the swarm runs', act: stop },
    { text: 'start it by Compose, and let the requests go there', act: start },
    { text: 'hand the port over, and remove what the swarm ran', act: () => serveByCompose(run, release) },
  ]
}

const serviceNames = ({ compose }: Release) => Object.keys(compose.services).filter((name) => name !== PROXY)

async function mustBeReached(problemNow: () => Promise<string | undefined>): Promise<void> {
  let problem: string | undefined
  const reached = await waitFor(
    async () => {
      problem = await problemNow()
      return problem === undefined
    },
    20,
    () => sleep(100),
  )
  if (!reached) throw new Failure(`the proxy does not reach the other side: ${problem}`, { next: 'make status' })
}

// Steps of Compose's own rollout: all of them, or those of some kinds.
async function applyCompose({ config }: Rollouts, release: Release, kinds?: readonly Step['do'][]): Promise<void> {
  const found = await observe(config.PROJECT)
  // The guard of this move stays to its end.
  const observed = { ...found, containers: found.containers.filter(({ service }) => service !== GUARD) }
  const steps = planRollout(release, observed).filter((step) => !kinds || kinds.includes(step.do))
  const facts = gatherFacts(config, release, observed, { target: 'migrate', patient: true })
  // The log names the step of the move.
  const quietly: Run = { write: () => {}, hook: async () => {} }
  await mustApply(facts, steps, quietly)
}

/** Lets Compose on this engine serve, and the swarm nothing, whatever there is. */
export async function serveByCompose(run: Rollouts, release: Release): Promise<void> {
  const { PROJECT } = run.config
  const { services } = await readServices(PROJECT)
  // What writes there ends before anything starts here.
  if (services.length > 0) await stopServices(PROJECT, serviceNames(release))
  const isProxy = ({ name }: { name: string }) => name === `${PROJECT}_${PROXY}`
  const end = await handPortOver(run.config, release, async () => {
    for (const one of services.filter(isProxy)) await removeService(one)
    await waitFor(
      async () => (await taskContainers(PROJECT, [PROXY])).length === 0,
      60,
      () => sleep(50),
    )
  })
  await applyCompose(run, release).finally(end)
  await leaveOverlay(release)
  await removeProject(
    PROJECT,
    services.filter((one) => !isProxy(one)),
  )
  await settleVolumes(release)
}

/** Lets the swarm serve, and Compose on this engine nothing, whatever there is. */
export async function serveBySwarm(run: Rollouts, release: Release): Promise<void> {
  const { PROJECT } = run.config
  await stopContainers((await composeContainers(PROJECT)).filter((one) => !isProxy(one)))
  await startOnSwarm(run, release, () => endHold(run, routedOf(release)))
  await removeCompose(run, release)
}

// `served` comes before Compose's proxies end, and their port with them. They answer what they have accepted.
async function startOnSwarm(run: Rollouts, release: Release, served: () => Promise<void>): Promise<void> {
  const { config, cluster } = run
  let end = async () => {}
  const handOver = async () => {
    await served()
    const proxies = (await composeContainers(config.PROJECT)).filter(isProxy)
    end = await handPortOver(config, release, () => stopContainers(proxies))
  }
  const compiled = await compileHere(config, release, cluster)
  await serve(run, compiled, release, handOver).finally(() => end())
}

async function removeCompose({ config: { PROJECT } }: Rollouts, release: Release): Promise<void> {
  await removeContainers(await composeContainers(PROJECT))
  const { stdout } = await exec(
    ['docker', 'network', 'ls', '--quiet', '--filter', `label=${COMPOSE_PROJECT}=${PROJECT}`],
    { quiet: true },
  )
  for (const id of stdout.split('\n').filter(Boolean)) await tryExec(['docker', 'network', 'rm', id])
  await settleVolumes(release)
  log.note('the volumes are where they were')
}

async function leaveOverlay(release: Release): Promise<void> {
  const network = edgeOf(release)
  for (const { id, networks } of await composeContainers(release.compose.name))
    if (network in networks) await tryExec(['docker', 'network', 'disconnect', '--force', network, id])
}
