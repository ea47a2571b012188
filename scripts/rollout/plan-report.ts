import type { Release } from '../release/model.ts'
import type { Step } from './step.ts'
import { describeEffects, describeStep } from './step-table.ts'

/**
 * A plan for a person: each step, why, and what it means for traffic and data; then how to take exactly these. Without a
 * fingerprint the ledger has no key yet, by which a deploy knows its secrets.
 */
export function renderPlan(release: Release, steps: readonly Step[], fingerprint: string | null): string {
  if (steps.length === 0) return `nothing to do: ${release.image.version} serves as configured`
  const lines = steps.map((step, index) => {
    const { traffic, data } = describeEffects(step, release)
    const heading = `${index + 1}. ${describeStep(step, release)}`
    return `${heading}\n     because ${step.because}\n     traffic ${traffic}\n     data    ${data}`
  })
  const last =
    fingerprint === null
      ? 'no fingerprint: the first deploy makes the key by which it knows a changed secret'
      : `fingerprint ${fingerprint}: make deploy PLAN=${fingerprint} takes exactly these steps, or refuses`
  return `${lines.join('\n')}\n\n${last}`
}
