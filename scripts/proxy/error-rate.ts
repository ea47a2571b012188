import type { Server } from './haproxy.ts'

/** Answers through the proxy, and how many of these were errors. */
export type Tally = { readonly answers: number; readonly errors: number }
export const tallyOf = (servers: readonly Server[]): Tally => ({
  answers: servers.reduce((sum, { answers }) => sum + answers, 0),
  errors: servers.reduce((sum, { errors }) => sum + errors, 0),
})
export const since = (now: Tally, then: Tally): Tally => ({
  answers: now.answers - then.answers,
  errors: now.errors - then.errors,
})

// One error may be a client's doing; a version that answers every tenth request so was not so before.
const FEW = 3
const MORE = 0.05

/** Why the answers of a new version are a bad sign, beside those of the one before; undefined where they are not. */
export function errorSign(now: Tally, before: Tally): string | undefined {
  const share = ({ answers, errors }: Tally) => errors / Math.max(1, answers)
  if (now.errors < FEW || share(now) <= share(before) + MORE) return undefined
  return `answered ${now.errors} of ${now.answers} requests with an error`
}
