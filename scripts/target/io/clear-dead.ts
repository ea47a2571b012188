import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../../cli/failure.ts'
import { tryExec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { BUNDLES, ofToolkit } from '../../cli/io/places.ts'
import type { Config } from '../../config/io/read.ts'
import { COMPOSE_ONE_OFF, COMPOSE_PROJECT, COMPOSE_SERVICE } from '../../docker/labels.ts'
import { currentRun, hasOpenEnd, lockOf, testRun, whereDead } from '../../state/io/lock.ts'
import { hasRunLog } from '../../state/io/run-log.ts'

// These end a killed run by themselves, on the way to their own end.
const ENDING = ['status', 'deploy', 'rollback', 'restore', 'backup', 'maintenance', 'destroy', 'upgrade']

/**
 * Finishes, undoes or takes away what runs of a project have left that were killed, or failed: on the engine, in the ledger
 * and in this checkout. The kernel frees the locks of these runs; what belongs to a run that is alive, or to another project,
 * stays.
 */
export async function clearDead(config: Config, target: string): Promise<void> {
  const { PROJECT, options } = config
  const tests = lockOf(testRun(PROJECT))
  // These look even where every run has said that it left nothing.
  const always = target === 'prune' || target === 'clean'
  const isOpen = hasRunLog(PROJECT)
  try {
    if (always || isOpen || hasOpenEnd(PROJECT) || listScratch(PROJECT).length > 0) {
      const isDead = await whereDead(config, async () => await clearProject(config))
      if (isDead && isOpen && (options.plan === '1' || !ENDING.includes(target))) await endKilledRun()
    }
    // Inside `make check` the tests are those of its own run.
    if (currentRun() === undefined && (always || hasOpenEnd(tests)))
      await whereDead({ ...config, PROJECT: tests }, async () => await clearTests(PROJECT))
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    log.warn(`what a killed run has left stays for now: ${error.message}`)
  }
  if (currentRun() === undefined) await clearUnstarted()
}

// The toolkit's containers whose clients were killed before they could start them.
async function clearUnstarted(): Promise<void> {
  const { manager } = await import('../../docker/io/engines.ts')
  const label = [`${COMPOSE_PROJECT}=dartagnan`, `${COMPOSE_SERVICE}=toolkit`, `${COMPOSE_ONE_OFF}=True`]
  // Nothing waits for it: a target that ends sooner leaves it to the next one.
  void manager.pruneContainers({ filters: { until: ['10s'], label } }).catch(() => {})
}

// A process of its own: it holds the project's lock until its last command has ended, and no longer.
async function endKilledRun(): Promise<void> {
  const argv = ['sh', ofToolkit('scripts/setup/door.sh'), 'status'] as const
  const { stderr, exitCode } = await tryExec(argv, { env: { WATCH: '' } })
  const said = (mark: string) =>
    stderr.split('\n').flatMap((line) => (line.startsWith(mark) ? [line.slice(mark.length)] : []))
  said('! ').forEach(log.warn)
  if (exitCode !== 0) log.warn(`a killed run is neither finished nor undone: ${said('error: ')}; next: make status`)
}

// The code for it is loaded only where a run has left something: every other target starts without it.
async function clearProject(config: Config): Promise<void> {
  const { clearLeftovers } = await import('../../data/io/repository.ts')
  const { clearInventory } = await import('../../distribution/io/inventory.ts')
  await clearLeftovers(config)
  await clearInventory(config.PROJECT)
  for (const path of listScratch(config.PROJECT)) rmSync(path, { recursive: true, force: true })
}

async function clearTests(project: string): Promise<void> {
  const { removeRun } = await import('../../test/io/sweep.ts')
  await removeRun(testRun(project))
}

// What `bundle` and `load` have begun to write: mkdtemp(3) ends each name with six characters.
const listScratch = (project: string) => {
  if (!existsSync(BUNDLES)) return []
  const own = new RegExp(`^\\.(making|loading)\\.${project}-.{6}$`)
  return readdirSync(BUNDLES).flatMap((name) => (own.test(name) ? [join(BUNDLES, name)] : []))
}
