import { MOST_HOLD, MOST_SECONDS, USUAL_HOLD } from '../config/values.ts'
import type { StepTime } from '../release/history.ts'
import type { Release } from '../release/model.ts'
import { reachedFrom } from '../release/restarts.ts'

/** What is left of HOLD_TIMEOUT for the new version to serve in; the rest is for the old one to come back. */
export const SERVING = 0.75

/**
 * The seconds that requests may wait for the next version. The usual time becomes the longest where the version before, whose
 * `steps` these are, took longer to start than the usual one leaves: it would be refused for that alone.
 */
export const holdFor = (
  hold: number,
  { routes, compose }: Pick<Release, 'routes' | 'compose'>,
  steps: readonly StepTime[],
): number => {
  const isBehind = routes.some(({ service }) => reachedFrom(compose, service).length > 0)
  const seconds = (isExclusive(routes) ? startOf(steps) : 0) + (isBehind ? startOf(steps, 'recreate') : 0)
  return hold === USUAL_HOLD && seconds > hold * SERVING * 0.8 ? MOST_HOLD : hold
}

/** The seconds that a version took to be ready, or what is behind it to start. */
export const startOf = (steps: readonly StepTime[], kind: 'ready' | 'recreate' = 'ready'): number =>
  steps.reduce((sum, { step, ms }) => sum + (step === kind ? ms / 1000 : 0), 0)

/** Whether requests wait while a service changes. */
export const isExclusive = (routes: Release['routes']): boolean => routes.some(({ rollout }) => rollout === 'exclusive')

/** What to do about a health path that answers with another status than 200, other than a web server that waits for what is behind it. */
export const otherPage = (problem: string): string | undefined => (OTHER.test(problem) ? PAGE : undefined)
const OTHER = /answers (?:[1-4]\d\d|50[01]) on its health path/
const PAGE = 'HEALTH_PATH=… names a page that answers 200; * takes any answer below 500'

type Told = {
  readonly held: boolean
  readonly hold: number
  readonly ready: number
  readonly problem?: string | undefined
}
/**
 * What to do where a version is not healthy in time, by its `problem`: `held` says whether requests waited meanwhile, for which the time is
 * short. Gives a setting or a command with a number that is taken, and what remains for a start that is slower still; undefined where the
 * image lacks a program, for no time brings it.
 */
export function slowStart({ held, hold, ready, problem = '' }: Told): string | undefined {
  if (/not found|no such file/i.test(problem)) return undefined
  if (OTHER.test(problem)) return PAGE
  if (!held) return `a slow start: READY_TIMEOUT=${Math.min(ready * 3, MOST_SECONDS)} make deploy`
  const beside =
    'x-rollout: overlap for the service starts the new version beside the old one, where both may write to its data (docs/guides/deploys.md)'
  return hold < MOST_HOLD
    ? `a slow start: HOLD_TIMEOUT=${MOST_HOLD} make deploy gives it up to ${Math.floor(MOST_HOLD * SERVING)} seconds, the most; for a slower one, ${beside}`
    : `a slow start: HOLD_TIMEOUT is ${MOST_HOLD} already, which is the most: ${beside}`
}
