import type { ContainerState } from '../core/container.ts'
import { Failure } from '../core/failure.ts'
import { identityProblem, judge } from '../core/readiness.ts'
import { nextEvent } from '../io/engine.ts'
import { waitFor } from '../io/wait.ts'
import type { Context } from './apply.ts'

/** Waits until every new container is healthy and its own answer names the release. Throws a Failure that says why not. */
export async function awaitReady(
  { config, release }: Context,
  newContainers: () => Promise<ContainerState[]>,
): Promise<void> {
  const { version } = release.image
  const next = 'correct it, then: make ship'
  const ready = await waitFor(
    async () => {
      const containers = await newContainers()
      const verdicts = containers.map(judge)
      const failed = verdicts.find((verdict) => verdict.state === 'failed')
      if (failed) throw new Failure(`${version} is not deployed: ${failed.reason}`, { next })
      return containers.length > 0 && verdicts.every(({ state }) => state === 'ready') ? containers : undefined
    },
    config.READY_TIMEOUT,
    () => nextEvent(config.PROJECT, 250),
  )
  if (!ready)
    throw new Failure(`${version} is not deployed: not healthy within READY_TIMEOUT=${config.READY_TIMEOUT} seconds`, {
      next: `${next}   (a slow start: READY_TIMEOUT=… make deploy)`,
    })
  for (const container of ready) {
    const problem = identityProblem(await askHealth(config, container), release.image)
    if (problem) throw new Failure(`${version} is not deployed: ${container.name} ${problem}`, { next })
  }
}

// At its own address, past its own health check: what listens on 127.0.0.1 alone is healthy to itself only.
async function askHealth(
  config: Context['config'],
  container: ContainerState,
): Promise<{ status: number; body: string }> {
  const [network] = Object.values(container.networks)
  const url = `http://${network?.address}:${config.APP_PORT}${config.HEALTH_PATH}`
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5000) })
    return { status: response.status, body: await response.text() }
  } catch (cause) {
    throw new Failure(`${container.name} is healthy to itself, but does not answer at ${url}`, {
      next: `let it listen on 0.0.0.0:${config.APP_PORT}, then: make ship`,
      cause,
    })
  }
}
