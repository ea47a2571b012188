import { describeStep, type Step } from '../core/deploy-plan.ts'
import type { Release } from '../core/release.ts'

const TRAFFIC: Readonly<Record<Step['do'], string>> = {
  remove: 'none: they get no request',
  undrain: 'none: nothing serves there yet',
  companions: 'none through the proxy',
  start: 'none: it gets no request yet',
  ready: 'none: it gets no request yet',
  proxy: 'a new proxy opens the port; a running one keeps its connections',
  join: 'from here on both versions may answer',
  serve: 'both versions may answer',
  drain: 'new requests go elsewhere, those in flight end',
  stop: 'none: nothing is in flight there',
}

/** A plan for a person: each step, why, and what it means for traffic and data; then how to take exactly these. */
export function renderPlan(release: Release, steps: readonly Step[], fingerprint: string): string {
  const { version } = release.image
  if (steps.length === 0) return `nothing to do: ${version} serves as configured`
  const lines = steps.map((step, index) => {
    const heading = `${index + 1}. ${describeStep(step, release)}`
    return `${heading}\n     because ${step.because}\n     traffic ${TRAFFIC[step.do]}\n     data    ${dataOf(step, release)}`
  })
  return `${lines.join('\n')}\n\nfingerprint ${fingerprint}: make deploy PLAN=${fingerprint} takes exactly these steps, or refuses`
}

function dataOf(step: Step, { compose }: Release): string {
  if (step.do !== 'start') return 'untouched'
  const mounts = (compose.services['app']?.volumes ?? []).map(({ target }) => target)
  return mounts.length === 0 ? 'none' : `it has ${mounts.join(', ')} mounted, as what serves has`
}
