import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { changedSince } from '../../adopt/io/env-file.ts'
import { Failure } from '../../cli/failure.ts'
import { dropZxVariables } from '../../cli/io/environment.ts'
import { Interrupted } from '../../cli/io/interrupt.ts'
import { log } from '../../cli/io/log.ts'
import { logFile } from '../../cli/io/log-file.ts'
import { printJson } from '../../cli/io/result.ts'
import { beginTarget, endTarget, flushResult, verbose } from '../../cli/io/screen.ts'
import { type Config, readConfig, wantsJson } from '../../config/io/read.ts'
import type { Forced } from '../../config/options.ts'
import { remoteTargets } from '../../config/targets.ts'
import { requireFormat } from '../../state/io/format.ts'
import { hasLedger } from '../../state/io/ledger.ts'
import { endRun, whereDead } from '../../state/io/lock.ts'
import { hasRunLog } from '../../state/io/run-log.ts'
import { keepForce } from '../keep-force.ts'
import { clearDead } from './clear-dead.ts'

/**
 * Runs a door: reads the config, turns a failure into one clear message, and sets the exit status. `outcome` stands
 * in the document of a failure that names none itself.
 */
export async function runMain(main: (config: Config) => Promise<void>, outcome = 'failed'): Promise<void> {
  dropZxVariables()
  let forced: Forced = new Set()
  try {
    const config = await readConfig()
    forced = config.options.force
    const target = basename(process.argv[1] ?? '').replace(/\.m?[jt]s$/, '')
    // Only another toolkit helps where this one cannot read the ledger.
    if (target !== 'upgrade') requireFormat(config.PROJECT)
    if (['deploy', 'plan'].includes(target)) warnOfChanged()
    if (config.ENGINE === '' || !remoteTargets.includes(target)) await runHere(main, config, target)
    else process.exitCode = await (await import('../../remote/io/run.ts')).runRemote(config, target)
  } catch (error) {
    const next = error instanceof Failure ? keepForce(error.next, forced) : ''
    report(error, next)
    if (wantsJson() && error instanceof Failure) printJson({ outcome, ...error.document, error: error.message, next })
    process.exitCode = isInterrupted(error) || (error instanceof Failure && isInterrupted(error.cause)) ? 130 : 1
  }
  endTarget()
  // Make then ends by the same signal, and has nothing to say.
  if (process.exitCode === 130 && isOfMake()) {
    process.kill(process.ppid, 'SIGINT')
    // It must have seen it before this process is gone.
    await sleep(100)
    process.exitCode = 1
  }
  await flushResult()
  // An open socket to the engine must not keep a finished target alive.
  process.exit()
}

async function runHere(main: (config: Config) => Promise<void>, config: Config, target: string): Promise<void> {
  beginTarget(`make ${target}`)
  await clearDead(config, target)
  await endMigration(config)
  await ((await onSwarm(config, target)) ?? main)(config)
  endRun()
}

// Either side may be asked after a move between them was killed: it ends before anything else.
async function endMigration(config: Config): Promise<void> {
  if (!hasRunLog(config.PROJECT)) return
  const { recoverMigration } = await import('../../swarm/io/migrate.ts')
  await whereDead(config, async () => await recoverMigration(config))
}

// The same verbs, where several hosts are one swarm.
async function onSwarm({ ORCHESTRATOR, PROJECT, options }: Config, target: string) {
  if (ORCHESTRATOR === 'swarm') return (await import('../../swarm/io/doors.ts')).doorOnSwarm(target, options.plan)
  if (['deploy', 'rollback', 'restore'].includes(target) && hasLedger(PROJECT, 'swarm.json'))
    await (await import('../../swarm/io/sides.ts')).requireNotOnSwarm(PROJECT)
  return undefined
}

function isOfMake(): boolean {
  try {
    return /^g?make$/.test(readFileSync(`/proc/${process.ppid}/comm`, 'utf8').trim())
  } catch {
    return false
  }
}

// Nobody but init copies these again.
function warnOfChanged(): void {
  const [first, ...more] = changedSince()
  if (first === undefined) return
  const paths = [first, ...more].map(({ path }) => path).join(', ')
  log.warn(
    `${paths}: changed since make init read it, and the release gets what was copied then; next: ${first.command}, then this again`,
  )
}

const isInterrupted = (error: unknown) => error instanceof Interrupted

function report(error: unknown, next: string): void {
  if (!(error instanceof Failure)) {
    log.error(error instanceof Error ? (error.stack ?? error.message) : String(error))
    log.note('this is a defect of the toolkit: please report it with the lines above')
    return
  }
  if (error.detail) log.quote(error.detail)
  log.error(error.message)
  const file = verbose ? undefined : logFile()
  if (file) log.note(`log: ${file}`)
  log.note(`next: ${next}`)
}
