import { Failure } from '../failure.ts'
import { stopAttached } from './attach.ts'
import { log } from './log.ts'

/** Ctrl-C, or a CI server's cancel. */
export class Interrupted extends Failure {
  constructor(signal: string) {
    super(`interrupted by ${signal}`, { next: 'make status' })
  }
}

let pending: Interrupted | undefined
let since = 0

/** From now on, a signal ends the current step at its next pause, as a failure; a second signal ends the process. */
export function catchSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      // One Ctrl-C can reach a process in several ways.
      if (pending && performance.now() - since < 1000) return
      if (pending) process.exit(130)
      pending = new Interrupted(signal)
      since = performance.now()
      log.warn(`${signal}: undoing this run; a second signal leaves that to the next run`)
      stopAttached()
    })
}

/** Throws Interrupted where a signal has arrived, unless answerSignal took it. */
export function checkSignals(): void {
  if (pending && !answered) throw pending
}

/** Takes the signal that has arrived, if any, for the caller to answer: checkSignals no longer throws it. */
export function answerSignal(): Interrupted | undefined {
  answered = true
  return pending
}
let answered = false
