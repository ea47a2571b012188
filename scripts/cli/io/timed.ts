import { checkSignals } from './interrupt.ts'

/** How many milliseconds `run` takes. Throws Interrupted where a signal has come. */
export async function timed(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await run()
  checkSignals()
  return performance.now() - began
}
