import { Failure } from '../failure.ts'
import { stopAttached } from './exec.ts'
import { log } from './log.ts'

/** Ctrl-C, or a CI server's cancel. */
export class Interrupted extends Failure {
  constructor(signal: string) {
    super(`interrupted by ${signal}`, { next: 'make status' })
  }
}

let pending: Interrupted | undefined
let since = 0

/** From here on a signal ends the current step at its next pause, as a failure; a second one ends the process. */
export function catchSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      // One Ctrl-C can reach a process by several ways.
      if (pending && Date.now() - since < 1000) return
      if (pending) process.exit(130)
      pending = new Interrupted(signal)
      since = Date.now()
      log.warn(`${signal}: this run is undone; a second one leaves that to the next run`)
      stopAttached()
    })
}

/** Throws Interrupted where a signal has come, unless it is answered already. */
export function checkSignals(): void {
  if (pending && !answered) throw pending
}

/** The signal that has come, if one has: from here on it is being answered. */
export function answerSignal(): Interrupted | undefined {
  answered = true
  return pending
}
let answered = false
