import { setTimeout as sleep } from 'node:timers/promises'
import { checkSignals } from './interrupt.ts'
import { sayLimit } from './screen.ts'

/** Asks until the answer is defined and not false, pausing between; undefined when `timeout` seconds have passed. */
export async function waitFor<T>(
  ask: () => Promise<T | undefined | false>,
  timeout: number,
  pause: () => Promise<unknown> = () => sleep(20),
): Promise<T | undefined> {
  const deadline = performance.now() + timeout * 1000
  if (timeout >= 1) sayLimit(deadline)
  for (;;) {
    checkSignals()
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    if (performance.now() > deadline) return undefined
    await pause()
  }
}
