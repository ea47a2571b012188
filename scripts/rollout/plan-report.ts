import { describeChanges } from '../release/changes.ts'
import type { Release } from '../release/model.ts'
import type { Planned } from './plan.ts'
import type { Step, StepKind } from './step.ts'
import { describeEffects, describeStep } from './step-table.ts'

type Report = Pick<Planned, 'release' | 'steps'> & {
  /** The target that takes these steps. */
  readonly target: string
  /** The release that serves; undefined where none does. */
  readonly from: Release | undefined
  /** How many commits lead from the one to the other, where that is known. */
  readonly commits?: number | undefined
  /** Null where the ledger has no key yet, by which a deploy knows its secrets. */
  readonly fingerprint: string | null
  /** Whether to describe each step. */
  readonly detailed: boolean
}

/** A plan for a person: what changes, what it means for requests and data, and how to take exactly these steps. */
export function renderPlan({ target, from, release, commits, steps, fingerprint, detailed }: Report): string {
  const { version } = release.image
  if (steps.length === 0) return `nothing to do: ${version} serves as configured`
  const changes = from ? describeChanges(from, release, commits) : []
  const has = (...kinds: readonly StepKind[]) => steps.some((step) => kinds.includes(step.do))
  const rows = [
    ['changed', changes.join('; ')],
    [
      'requests',
      has('hold') ? 'wait while the old version ends and the new one starts; none is refused' : 'do not wait',
    ],
    ['data', effectOnData(has)],
    [
      'steps',
      `${steps.length}${detailed ? '' : `: ${steps.map((step) => step.do).join(', ')}   (VERBOSE=1 explains each)`}`,
    ],
  ].filter(([, text]) => text !== '')
  return [
    from ? `${from.image.version} → ${version}` : `${version}, the first that serves`,
    ...rows.map(([name = '', text = '']) => `  ${name.padEnd(9)}${text}`),
    ...(detailed ? steps.flatMap((step, index) => describe(step, index, release)) : []),
    '',
    fingerprint === null
      ? 'no fingerprint: the first deploy makes the key by which it knows a changed secret'
      : `fingerprint ${fingerprint}: make ${target} PLAN=${fingerprint} takes exactly these steps, or refuses`,
  ].join('\n')
}

function effectOnData(has: (...kinds: readonly StepKind[]) => boolean): string {
  const parts = [
    has('volumes') && 'new volumes are made',
    has('copy', 'snapshot') && 'a snapshot is taken and read back first',
    has('rehearse') && 'the new version is tried on a clone',
    has('fill') && 'those of the snapshot are put into new volumes; the old ones are kept',
  ]
  return parts.filter(Boolean).join('; ') || 'untouched'
}

function describe(step: Step, index: number, release: Release): string[] {
  const { traffic, data } = describeEffects(step, release)
  return [
    `${index + 1}. ${describeStep(step, release)}`,
    `     because ${step.because}`,
    `     traffic ${traffic}`,
    `     data    ${data}`,
  ]
}
