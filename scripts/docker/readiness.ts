import * as v from 'valibot'
import { tryJson } from '../cli/parse.ts'
import { askedPath, takesAny } from '../config/health-path.ts'
import { GUARD, PROXY } from './compose-model.ts'
import { type ContainerState, isDone, isWell } from './container.ts'
import { BUILD_LABEL, VERSION_LABEL } from './labels.ts'

export type Verdict = { readonly state: 'ready' | 'waiting' } | { readonly state: 'failed'; readonly reason: string }

/**
 * The containers beside one, the time, in milliseconds, the services for whose end others wait, how often one may end all the same, and
 * the services of which one may end again and again, or be unhealthy.
 */
type Among = {
  readonly others: readonly ContainerState[]
  readonly now: number
  readonly awaited?: ReadonlySet<string>
  readonly spare?: number
  readonly forgiven?: ReadonlySet<string>
}
const ALONE: Among = { others: [], now: 0 }

// V8 ends by itself (SIGABRT) before its limit is reached, which the engine does not call a lack of memory.
const NO_MEMORY = ' (of Node: mostly for lack of memory, APP_MEMORY)'

/**
 * What a container's state means for a deploy: an exit, a restart beyond `restarts` or a lack of memory fails at once.
 * Without a health check it is ready when it runs; a service for whose end others wait, when it is done. Among `others` may
 * be one that it ends without until that answers, as many applications do: then it may come back (`isExcused`).
 */
export function judge(
  container: ContainerState,
  restarts = 0,
  { others, now, awaited, spare = 0, forgiven }: Among = ALONE,
): Verdict {
  const failed = (reason: string): Verdict => ({ state: 'failed', reason: `${container.name} ${reason}` })
  if (isDone(container)) return { state: 'ready' }
  if (container.outOfMemory) return failed('ran out of memory')
  if (container.status === 'exited' || container.status === 'dead')
    return failed(`exited with status ${container.exitCode}${container.exitCode === 134 ? NO_MEMORY : ''}`)
  // The engine counts a restart before it waits for that.
  const isAgain = container.restarts > restarts + spare || (container.status === 'restarting' && spare === 0)
  if (isAgain && forgiven?.has(container.service) && isOurs(container)) return { state: 'ready' }
  if (isAgain && !isExcused(container, { others, now }))
    // A container that runs again no longer has its exit status.
    return failed(
      `exited${container.status === 'running' ? '' : ` with status ${container.exitCode}`} and was restarted`,
    )
  // Compose waits for the health of what others wait for, and for nothing else. Between two starts, nothing has any.
  if (container.health === 'unhealthy' && container.status !== 'restarting') {
    if (!forgiven?.has(container.service)) return failed('is unhealthy')
    // One that has just come back has not been asked yet.
    return { state: container.restarts > restarts ? 'waiting' : 'ready' }
  }
  // One that no check asks, and that has come back only now, may end again.
  if (isAgain && container.health === undefined && now - Date.parse(container.startedAt) < 5000)
    return { state: 'waiting' }
  return { state: isWell(container) && !awaited?.has(container.service) ? 'ready' : 'waiting' }
}

const isOurs = ({ labels }: Pick<ContainerState, 'labels'>) => VERSION_LABEL in labels || BUILD_LABEL in labels
// For how many milliseconds another service is taken to be starting, where no health check says when it is ready.
const STARTING = 45_000
// Compose would start such a container again until it works. A new version that ends for another reason has to fail at once: so
// only a service counts that has just started, is no part of the version, and does not end itself.
// Not one that lacks its command (126, 127) or was killed, for its memory mostly (137): waiting mends neither.
const isExcused = (container: ContainerState, { others, now }: Among): boolean =>
  ![126, 127, 137].includes(container.exitCode) &&
  others.some(
    ({ service, status, health, restarts, labels, startedAt }) =>
      ![container.service, PROXY, GUARD].includes(service) &&
      !isOurs({ labels }) &&
      status === 'running' &&
      health === undefined &&
      restarts === 0 &&
      (container.status === 'restarting' ? now : Date.parse(container.startedAt)) - Date.parse(startedAt) < STARTING,
  )

/** An answer of a health path. */
export type Answer = { readonly path: string; readonly status: number; readonly body: string }

/**
 * Why an answer of the health path is not from the expected version; undefined where it is, or claims nothing of it. An
 * application may have a `version` of its own. It speaks of ours where it names a revision, too, and one of the two is the
 * expected one, or the revision is a whole commit, such as that of the version before.
 */
export function identityProblem(
  { path, status, body }: Answer,
  expected: { readonly version: string; readonly revision: string } | undefined,
): string | undefined {
  // A home page may well lead elsewhere, such as to a login. A page for checks that does is none.
  // So is 429: it lives, and limits how often one may ask.
  const passes =
    [200, 429].includes(status) ||
    (HOME.test(path) && status > 200 && status < 400) ||
    (takesAny(path) && status >= 200 && status < 500)
  if (!passes) return `answers ${status} on its health path ${askedPath(path)}`
  const named = tryJson(body)
  if (expected === undefined || !v.is(NAMED, named)) return undefined
  const { version, revision } = expected
  if (named.version !== version && named.revision !== revision && !COMMIT.test(named.revision)) return undefined
  for (const key of ['revision', 'version'] as const)
    if (named[key] !== expected[key])
      return `answers as ${key} ${JSON.stringify(named[key])}, and ${JSON.stringify(expected[key])} was expected`
  return undefined
}

const HOME = /^\/(index\.(php|html?))?$/
const NAMED = v.looseObject({ revision: v.string(), version: v.string() })
const COMMIT = /^([0-9a-f]{40}|[0-9a-f]{64})$/
