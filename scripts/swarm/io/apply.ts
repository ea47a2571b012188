import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../cli/failure.ts'
import { checkSignals } from '../../cli/io/interrupt.ts'
import { log } from '../../cli/io/log.ts'
import { readSecret } from '../../cli/io/secret-file.ts'
import type { Config } from '../../config/io/read.ts'
import { DEFINITION_LABEL } from '../../docker/labels.ts'
import { registryOf } from '../../registry/name.ts'
import type { Compiled } from '../compile.ts'
import { judgeService, movesOf, type Running, type Task } from '../judge.ts'
import type { Spec } from '../service-spec.ts'
import { ensureImmutables, ensureNetwork, putService, readServices, removeService } from './swarm.ts'

/** What a rollout on a swarm changes, service by service. */
export type Change = { readonly name: string; readonly what: 'create' | 'update' | 'keep' | 'remove' }

/** Compares what runs with what a release is to be. */
export function changesOf(compiled: Compiled, running: readonly Running[]): Change[] {
  const wanted = compiled.waves.flat().map((service) => compiled.spec(service, {}))
  const known = new Map(running.map((one) => [one.name, one.definition]))
  const gone = running.filter(({ name }) => !wanted.some(({ Name }) => Name === name))
  return [
    ...wanted.map(({ Name, Labels }): Change => {
      const definition = known.get(Name)
      return {
        name: Name,
        what: definition === undefined ? 'create' : definition === Labels[DEFINITION_LABEL] ? 'keep' : 'update',
      }
    }),
    ...gone.map(({ name }): Change => ({ name, what: 'remove' })),
  ]
}

/**
 * Lets the services of a swarm be those of a release, each wave once the one before runs. Throws a Failure where one does not come up,
 * or nothing moves for READY_TIMEOUT seconds: the engine itself would wait for ever.
 */
export async function apply(config: Config, compiled: Compiled): Promise<void> {
  const { project } = compiled
  for (const network of compiled.networks) await ensureNetwork(project, network.name, network)
  const ids = {
    ...(await ensureImmutables(project, 'config', compiled.configs)),
    ...(await ensureImmutables(project, 'secret', compiled.secrets)),
  }
  const auth = readAuth(config)
  const { services } = await readServices(project)
  const changes = new Map(changesOf(compiled, services).map(({ name, what }) => [name, what]))
  for (const wave of compiled.waves) {
    const specs = wave.map((service) => compiled.spec(service, ids))
    const since = Date.now()
    for (const spec of specs) {
      checkSignals()
      if (changes.get(spec.Name) !== 'keep') await putService(spec, auth)
    }
    log.step(`wait for ${wave.join(', ')}`, 'all tasks of the new definition run, and no other')
    await converge(config, project, specs, since)
  }
  for (const one of services) if (changes.get(one.name) === 'remove') await removeService(one)
}

async function converge(
  { READY_TIMEOUT }: Config,
  project: string,
  specs: readonly Spec[],
  since: number,
): Promise<void> {
  let moves = ''
  let moved = Date.now()
  for (;;) {
    checkSignals()
    const { services, tasks } = await readServices(project)
    const own = services.filter(({ name }) => specs.some(({ Name }) => Name === name))
    const verdicts = own.map((one) => judgeService(one, tasksOf(one, tasks), since, Date.now()))
    const failed = verdicts.find(({ state }) => state === 'failed')
    const next = 'correct it, then: make ship'
    if (failed?.state === 'failed') throw new Failure(failed.reason, { next })
    const waits = verdicts.flatMap((one) => (one.state === 'waiting' ? [one.waits] : []))
    if (waits.length === 0 && own.length === specs.length) return
    log.waits(waits.join('; '))
    const now = movesOf(tasks)
    if (now !== moves) moved = Date.now()
    moves = now
    if (Date.now() - moved > READY_TIMEOUT * 1000)
      throw new Failure(`nothing has moved for READY_TIMEOUT=${READY_TIMEOUT} seconds: ${waits.join('; ')}`, { next })
    await sleep(300)
  }
}

/** The tasks of a service. */
export const tasksOf = ({ id }: Running, tasks: readonly Task[]): Task[] =>
  tasks.filter(({ service }) => service === id)

// The nodes pull with it.
function readAuth({ IMAGE_REPOSITORY, REGISTRY_USER, REGISTRY_PASSWORD_FILE }: Config) {
  const serveraddress = registryOf(IMAGE_REPOSITORY)
  if (REGISTRY_USER === '' || serveraddress === undefined) return undefined
  return {
    username: REGISTRY_USER,
    password: readSecret('REGISTRY_PASSWORD_FILE', REGISTRY_PASSWORD_FILE),
    serveraddress,
  }
}
