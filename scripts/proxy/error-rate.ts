import type { Server } from './haproxy.ts'

/** How many requests were answered through the proxy, and how many of them with an error. */
export type Tally = { readonly answers: number; readonly errors: number }
/** The tally of all slots of a set. */
export const tallyOf = (servers: readonly Server[]): Tally => ({
  answers: servers.reduce((sum, { answers }) => sum + answers, 0),
  errors: servers.reduce((sum, { errors }) => sum + errors, 0),
})
/** What was added to a tally since an earlier one. */
export const since = (now: Tally, then: Tally): Tally => ({
  answers: now.answers - then.answers,
  errors: now.errors - then.errors,
})

// A client may cause one error. A version that answers every tenth request with an error did not do so before.
const FEW = 3
const MORE = 0.05

/**
 * Compares the answers of a new version with those of the one before. Gives the bad sign; undefined where there is
 * none.
 */
export function errorSign(now: Tally, before: Tally): string | undefined {
  const share = ({ answers, errors }: Tally) => errors / Math.max(1, answers)
  if (now.errors < FEW || share(now) <= share(before) + MORE) return undefined
  return `answered ${now.errors} of ${now.answers} requests with an error`
}
