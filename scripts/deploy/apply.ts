import type { ContainerState } from '../core/container.ts'
import { edgeAddress, isLive } from '../core/container.ts'
import { describeStep, type Step, type Target } from '../core/deploy-plan.ts'
import { Failure } from '../core/failure.ts'
import { APP, edgeNetwork, LIVE_ALIAS, PROXY, type Release } from '../core/release.ts'
import { composeRelease } from '../io/compose.ts'
import type { Config } from '../io/config.ts'
import { listContainers } from '../io/engine.ts'
import { exec } from '../io/exec.ts'
import { writeJournal } from '../io/journal.ts'
import { log } from '../io/log.ts'
import { readServers, setServerState } from '../io/proxy.ts'
import { waitFor } from '../io/wait.ts'
import { ensureProxy } from './proxy.ts'
import { awaitReady } from './ready.ts'
import { removeContainers, removeNew } from './undo.ts'

/** `before`: the ids of the containers that were there when the plan was made; any other is this deploy's own. */
export type Context = { readonly config: Config; readonly release: Release; readonly before: ReadonlySet<string> }

/**
 * Takes the steps in order and gives the number of requests that had to be cut. Until the new version serves, any
 * failure removes it again, prints its log, and leaves what served untouched.
 */
export async function applySteps(context: Context, steps: readonly Step[]): Promise<number> {
  const lastBeforeSwitch = steps.findIndex((step) => step.do === 'serve')
  let cut = 0
  for (const [index, step] of steps.entries()) {
    log.step(describeStep(step, context.release), step.because)
    journal(context, step, index + 1, steps.length)
    dieAt(context, `${index + 1}:before`)
    try {
      cut += await take(context, step)
    } catch (error) {
      if (index <= lastBeforeSwitch) await removeNew(context)
      throw error
    }
    dieAt(context, `${index + 1}:after`)
  }
  return cut
}

function journal({ config, release }: Context, step: Step, number: number, of: number): void {
  const { PROJECT, caller } = config
  const text = describeStep(step, release)
  const at = new Date().toISOString()
  const { version } = release.image
  writeJournal(PROJECT, { target: 'deploy', version, release: release.id, step: text, number, of, by: caller, at })
}

// A test's kill -9, at a place that no timer would hit.
function dieAt({ config }: Context, place: string): void {
  if (config.options.fault === place) process.kill(process.pid, 'SIGKILL')
}

// Takes one step and gives the number of requests that it cut.
async function take(context: Context, step: Step): Promise<number> {
  if (step.do === 'drain') return await drain(context, step.targets)
  await effects[step.do](context, step as never)
  return 0
}

type Effects = {
  [Kind in Exclude<Step['do'], 'drain'>]: (context: Context, step: Extract<Step, { do: Kind }>) => Promise<void>
}
const effects: Effects = {
  remove: (_, { targets }) => removeContainers(targets),
  undrain: async (context, { servers }) => await setServerState(await proxyName(context), servers, 'ready'),
  companions: ({ release }, { services }) =>
    composeRelease(release, ['up', '--detach', '--wait', '--no-deps', ...services]),
  start: ({ release }, { total }) =>
    composeRelease(release, ['up', '--detach', '--no-deps', '--no-recreate', '--scale', `${APP}=${total}`, APP]),
  ready: (context) => awaitReady(context, () => newContainers(context)),
  proxy: ensureProxy,
  join,
  serve: awaitServing,
  stop: (context, { targets }) => stop(context, targets),
}

/** The containers of the application that this deploy has made. */
export const newContainers = async ({ config, before }: Context): Promise<ContainerState[]> =>
  (await listContainers(config.PROJECT)).filter(({ service, id }) => service === APP && !before.has(id))

async function proxyName({ config }: Context): Promise<string> {
  const proxy = (await listContainers(config.PROJECT)).find(
    ({ service, status }) => service === PROXY && status === 'running',
  )
  if (!proxy) throw new Failure('the proxy is not running', { next: 'make logs SERVICE=proxy' })
  return proxy.name
}

async function join(context: Context): Promise<void> {
  const network = edgeNetwork(context.config.PROJECT)
  for (const container of await newContainers(context)) {
    if (!isLive(container, context.config.PROJECT))
      await exec(['docker', 'network', 'connect', '--alias', LIVE_ALIAS, network, container.name])
  }
}

async function awaitServing(context: Context): Promise<void> {
  const { config, release } = context
  const proxy = await proxyName(context)
  const addresses = (await newContainers(context)).map((container) => edgeAddress(container, config.PROJECT))
  const reached = await waitFor(async () => {
    const up = (await readServers(proxy)).filter((server) => server.up).map(({ address }) => address)
    return addresses.every((address) => up.includes(address)) || undefined
  }, config.READY_TIMEOUT)
  if (reached) return
  throw new Failure(
    `the proxy does not reach ${release.image.version} at ${addresses.join(', ')}, port ${config.APP_PORT}`,
    { next: 'make logs SERVICE=proxy' },
  )
}

// Drained means measured: no new request is sent there, and those in flight have come down to zero.
async function drain(context: Context, targets: readonly Target[]): Promise<number> {
  const { config } = context
  const proxy = await proxyName(context)
  const leaving = (await listContainers(config.PROJECT)).filter(({ id }) => targets.some((target) => target.id === id))
  const addresses = leaving.map((container) => edgeAddress(container, config.PROJECT))
  const theirs = async () => (await readServers(proxy)).filter(({ address }) => addresses.includes(address))
  const slots = (await theirs()).map(({ name }) => name)
  await setServerState(proxy, slots, 'drain')
  const inFlight = async () => (await theirs()).reduce((sum, server) => sum + server.inFlight, 0)
  if (await waitFor(async () => ((await inFlight()) === 0 ? true : undefined), config.DRAIN_TIMEOUT)) return 0
  const cut = await inFlight()
  log.warn(`${cut} requests were still in flight after DRAIN_TIMEOUT=${config.DRAIN_TIMEOUT} seconds: they are cut`)
  return cut
}

async function stop(context: Context, targets: readonly Target[]): Promise<void> {
  const proxy = await proxyName(context)
  const drained = (await readServers(proxy)).filter(({ draining }) => draining).map(({ name }) => name)
  for (const { name } of targets)
    await exec(['docker', 'network', 'disconnect', edgeNetwork(context.config.PROJECT), name])
  await exec(['docker', 'stop', ...targets.map(({ name }) => name)])
  await removeContainers(targets)
  await giveBack(context, drained)
}

// A slot keeps its drain for the next member, so it is given back; but not before its last address is forgotten.
async function giveBack(context: Context, servers: readonly string[]): Promise<void> {
  const proxy = await proxyName(context)
  const mine = async () =>
    (await readServers(proxy)).filter(({ name, address }) => servers.includes(name) && address !== '')
  const forgotten = await waitFor(async () => ((await mine()).length === 0 ? true : undefined), 10)
  if (!forgotten)
    throw new Failure('the proxy still knows a container that was stopped', {
      next: 'make deploy   (it gives the slot back)',
    })
  await setServerState(proxy, servers, 'ready')
}
