import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../cli/failure.ts'
import { type EngineSettings, requireContext, tryRemote } from './client.ts'

/** Seconds in which the other engine has to answer: more than a client takes to find that it reaches nobody. */
const PATIENCE = 40

/**
 * Does `work` on the other engine. Throws a Failure where ENGINE cannot be trusted, or takes connections without an answer: the
 * Docker client would wait for ever. A run that has begun on that engine is left to itself.
 */
export async function whileItAnswers<T>(config: EngineSettings, target: string, work: () => Promise<T>): Promise<T> {
  await requireContext(config, target)
  const done = new AbortController()
  try {
    return await Promise.race([work(), silence(config, target, done.signal)])
  } finally {
    done.abort()
  }
}

async function silence(config: EngineSettings, target: string, signal: AbortSignal): Promise<never> {
  const what = `ENGINE=${JSON.stringify(config.ENGINE)}`
  for (;;) {
    await sleep(5000, undefined, { signal })
    if ((await tryRemote(config, ['version', '--format', '.'], { timeout: PATIENCE })).timedOut)
      throw new Failure(`${what} accepts connections but has not answered for ${PATIENCE} s`, {
        next: `on its host: sudo systemctl restart docker; then: ${what} make status   (says what came of make ${target})`,
      })
  }
}
