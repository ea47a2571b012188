import { setTimeout as sleep } from 'node:timers/promises'

/** Asks until the answer is defined, pausing `pause` ms between; undefined when `timeout` seconds have passed. */
export async function waitFor<T>(
  ask: () => Promise<T | undefined>,
  timeout: number,
  pause: () => Promise<unknown> = () => sleep(100),
): Promise<T | undefined> {
  const deadline = performance.now() + timeout * 1000
  for (;;) {
    const answer = await ask()
    if (answer !== undefined || performance.now() > deadline) return answer
    await pause()
  }
}
