import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../cli/failure.ts'
import { checkSignals } from '../../cli/io/interrupt.ts'
import { log } from '../../cli/io/log.ts'
import type { Config } from '../../config/io/read.ts'
import { PROXY } from '../../docker/compose-model.ts'
import { changesOf } from '../changes.ts'
import type { Compiled } from '../compile.ts'
import { describeTasks, judgeService, movesOf, tasksOf } from '../judge.ts'
import type { Spec } from '../service-spec.ts'
import { ensureImmutables } from './immutables.ts'
import { requireRaft } from './raft.ts'
import { readAuth } from './surroundings.ts'
import { ensureNetwork, putService, readServices, removeService } from './swarm.ts'

/**
 * Lets the services of a swarm be those of a release, each wave once the one before runs; `served` comes before the proxies, which
 * cannot end while requests wait in them. Throws a Failure where one does not come up,
 * or nothing moves for READY_TIMEOUT seconds: the engine itself would wait for ever.
 */
export async function apply(config: Config, compiled: Compiled, served = async () => {}): Promise<void> {
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
    if (wave.includes(PROXY)) await served()
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
  const said = new Set<string>()
  for (;;) {
    checkSignals()
    requireRaft()
    const { cluster, services, tasks } = await readServices(project)
    const own = services.filter(({ name }) => specs.some(({ Name }) => Name === name))
    const verdicts = own.map((one) => judgeService(one, tasksOf(one, tasks), since, Date.now()))
    const failed = verdicts.find(({ state }) => state === 'failed')
    const next = 'correct it, then: make ship'
    const nodes = Object.fromEntries(cluster.nodes.map(({ id, name }) => [id, name]))
    const waits = own.flatMap((one, index) => {
      const name = one.name.slice(project.length + 1)
      const { underWay, ended } = describeTasks(name, tasksOf(one, tasks), nodes, since)
      for (const line of [...underWay, ...ended].filter((line) => !said.has(line))) {
        said.add(line)
        log.detail(line)
      }
      const verdict = verdicts[index]
      return verdict?.state === 'waiting' ? [[`${name} ${verdict.waits}`, ...underWay].join(', ')] : []
    })
    if (failed?.state === 'failed') throw new Failure(failed.reason, { next })
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
