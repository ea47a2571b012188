import { basename, dirname } from 'node:path'
import { Failure } from '../core/failure.ts'
import { type Config, readConfig, wantsJson } from './config.ts'
import { Interrupted } from './interrupt.ts'
import { log } from './log.ts'

// The rooms that look at an engine or change it. What builds, tests and pushes is at home here.
export const THERE = [
  ...['plan', 'deploy', 'rollback', 'status', 'history', 'logs', 'prune', 'down', 'clean'],
  ...['backup', 'snapshots', 'restore', 'destroy', 'doctor', 'shell'],
]

/**
 * Runs a door: reads the config, turns a failure into one clear message, and sets the exit status. `outcome` is that of
 * a failure that names none.
 */
export async function runMain(main: (config: Config) => Promise<void>, outcome = 'failed'): Promise<void> {
  for (const name of Object.keys(process.env)) if (name.startsWith('ZX_')) delete process.env[name]
  try {
    const config = await readConfig()
    const room = basename(dirname(process.argv[1] ?? ''))
    if (config.ENGINE === '' || !THERE.includes(room)) await main(config)
    else process.exitCode = await (await import('./there/run.ts')).runThere(config, room)
  } catch (error) {
    report(error)
    if (wantsJson() && error instanceof Failure)
      printJson({ outcome, ...error.document, error: error.message, next: error.next })
    process.exitCode = isInterrupted(error) || (error instanceof Failure && isInterrupted(error.cause)) ? 130 : 1
  }
  // An open socket to the engine must not keep a finished target alive.
  process.exit()
}

/** The result for stdout: one JSON document with JSON=1, otherwise text. */
export function printResult(config: Config, document: unknown, text: string): void {
  if (config.options.json) printJson(document)
  else process.stdout.write(`${text}\n`)
}

const isInterrupted = (error: unknown) => error instanceof Interrupted
const printJson = (document: unknown) => process.stdout.write(`${JSON.stringify(document)}\n`)

function report(error: unknown): void {
  if (!(error instanceof Failure)) {
    log.error(error instanceof Error ? (error.stack ?? error.message) : String(error))
    log.note('this is a defect of the toolkit: please report it with the lines above')
    return
  }
  if (error.detail) process.stderr.write(`${error.detail.trimEnd()}\n`)
  log.error(error.message)
  log.note(`next: ${error.next}`)
}
