import * as v from 'valibot'
import { moment } from '../state/records.ts'

/**
 * What the proxy had counted at a moment of a rollout, over all services. Times are in milliseconds: half of the requests
 * answered since the moment before took no longer than `p50`, and all but a hundredth no longer than `p99`.
 */
export type Sample = {
  readonly ms: number
  readonly answers: number
  readonly errors: number
  readonly waiting: number
  readonly p50?: number
  readonly p99?: number
}
/** The samples of the rollout that began `at`. */
export type Samples = { readonly at: string; readonly samples: readonly Sample[] }

const number = v.number()
const time = v.exactOptional(number)
const SAMPLES = v.looseObject({
  at: moment,
  samples: v.array(
    v.looseObject({ ms: number, answers: number, errors: number, waiting: number, p50: time, p99: time }),
  ),
})
export const isSamplesList = (value: unknown): value is readonly Samples[] => v.is(v.array(SAMPLES), value)

/** At most so many samples, evenly: a rollout may take hours. */
export const thinOut = (samples: readonly Sample[], most = 200): Sample[] => {
  const every = Math.ceil(samples.length / most)
  return samples.filter((_, index) => index % every === 0 || index === samples.length - 1)
}
