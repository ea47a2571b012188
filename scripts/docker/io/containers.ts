import { Failure } from '../../cli/failure.ts'
import { lineOf } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import type { Target } from '../container.ts'
import { engine, patient } from './engine.ts'

// Requests may wait for these changes, so they go through the engine's API: the CLI takes time to start. Each is
// printed as the command that does the same. A container that is already in the wanted state, gone, or being removed
// causes no error.

/** Starts containers. */
export const startContainers = (targets: readonly Target[]): Promise<void> =>
  change(['docker', 'start'], targets, (id) => patient.getContainer(id).start())

/** Stops containers: each has its own grace period, or `seconds`. */
export const stopContainers = (targets: readonly Target[], seconds?: number): Promise<void> => {
  const time = seconds === undefined ? undefined : Math.max(1, Math.floor(seconds))
  const argv = ['docker', 'stop', ...(time === undefined ? [] : ['--time', String(time)])]
  return change(argv, targets, (id) => patient.getContainer(id).stop(time === undefined ? {} : { t: time }))
}

/** Freezes containers: their processes stop where they are, in the middle of their work. */
export const pauseContainers = (targets: readonly Target[]): Promise<void> =>
  change(['docker', 'pause'], targets, (id) => engine.getContainer(id).pause())

/** Lets frozen containers continue. */
export const resumeContainers = (targets: readonly Target[]): Promise<void> =>
  change(['docker', 'unpause'], targets, (id) => engine.getContainer(id).unpause())

/** Removes containers, running or not. Their volumes stay: only `destroy` removes data. */
export const removeContainers = (targets: readonly Target[]): Promise<void> =>
  change(['docker', 'rm', '--force'], targets, (id) => patient.getContainer(id).remove({ force: true }))

/** Makes a container an endpoint of a network, under an alias. */
export const connectContainer = (target: Target, network: string, alias: string): Promise<void> =>
  change(['docker', 'network', 'connect', '--alias', alias, network], [target], (id) =>
    patient.getNetwork(network).connect({ Container: id, EndpointConfig: { Aliases: [alias] } }),
  )

async function change(
  argv: readonly string[],
  targets: readonly Target[],
  act: (id: string) => Promise<unknown>,
): Promise<void> {
  if (targets.length === 0) return
  const command = lineOf([...argv, ...targets.map(({ name }) => name)])
  log.command(command)
  const ended = await Promise.allSettled(targets.map(({ id }) => act(id)))
  const failed = ended.flatMap((one) =>
    one.status === 'rejected' ? [one.reason as Error & { statusCode?: number }] : [],
  )
  const [error] = failed.filter(({ statusCode }) => statusCode !== 304 && statusCode !== 404 && statusCode !== 409)
  if (error) throw new Failure(`${command}: ${error.message}`, { next: 'make doctor', cause: error })
}
