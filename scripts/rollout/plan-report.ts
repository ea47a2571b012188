import type { Release } from '../release/model.ts'
import { describeStep, type Step } from './step.ts'

const TRAFFIC: Readonly<Record<Step['do'], string>> = {
  remove: 'none: they get no request',
  undrain: 'none: nothing serves there yet',
  recreate: 'none through the proxy',
  proxy: 'a new proxy opens the port; a running one keeps its connections',
  create: 'none: it does not run yet',
  guard: 'none',
  hold: 'requests wait; those in flight are answered',
  halt: 'requests wait',
  start: 'it gets no request yet',
  ready: 'it gets no request yet',
  join: 'none: the set does not serve yet',
  serve: 'it gets no request yet',
  switch: 'all requests from here on go to the new version',
  release: 'the requests that waited are answered by the new version',
  drain: 'requests in flight end; no new one comes',
  bake: 'the new version serves; the old one takes over at a bad sign',
  stop: 'none: nothing is in flight there',
  down: 'the port is closed, as it was before',
  volumes: 'none',
  copy: 'none: it goes on meanwhile',
  pause: 'requests wait',
  snapshot: 'requests wait, if they did before',
  resume: 'requests wait',
  verify: 'none',
  rehearse: 'none: the clone is out of reach',
  fill: 'none: nothing uses these volumes yet',
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

const DATA: Partial<Record<Step['do'], string>> = {
  halt: 'nobody writes from here on',
  volumes: 'empty ones are made',
  copy: 'copied while they are in use',
  pause: 'nobody writes from here on',
  snapshot: 'the repository holds them as they are in this moment',
  resume: 'written again',
  verify: 'the snapshot is read back and compared',
  rehearse: 'the clone is migrated, these are not',
  fill: 'read back into volumes of their own; those in use stay',
}

function dataOf(step: Step, { compose }: Release): string {
  if (step.do !== 'start') return DATA[step.do] ?? 'untouched'
  const mounts = step.moves.flatMap(({ service }) =>
    (compose.services[service]?.volumes ?? []).map(({ target }) => target),
  )
  return mounts.length === 0 ? 'none' : `it has ${mounts.join(', ')} mounted`
}
