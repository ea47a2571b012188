import { globSync, rmSync } from 'node:fs'
import { Failure } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import { BUNDLES } from '../../cli/io/places.ts'
import type { Config } from '../../config/io/read.ts'
import { currentRun, hasOpenEnd, lockOf, testRun, whereDead } from '../../state/io/lock.ts'

/**
 * Takes away what runs of a project have left that were killed, or failed: on the engine, in the ledger and in this
 * checkout. The kernel frees the locks of these runs; what belongs to a run that is alive, or to another project, stays.
 * `always` looks even where every run has said that it left nothing.
 */
export async function clearDead(config: Config, always: boolean): Promise<void> {
  const { PROJECT } = config
  const tests = lockOf(testRun(PROJECT))
  try {
    if (always || hasOpenEnd(PROJECT) || listScratch(PROJECT).length > 0)
      await whereDead(config, async () => await clearProject(config))
    // Inside `make check` the tests are those of its own run.
    if (currentRun() === undefined && (always || hasOpenEnd(tests)))
      await whereDead({ ...config, PROJECT: tests }, async () => await clearTests(PROJECT))
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    log.warn(`what a killed run has left stays for now: ${error.message}`)
  }
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
const listScratch = (project: string) => globSync(`${BUNDLES}/.{making,loading}.${project}-??????`)
