import { Failure } from '../core/failure.ts'
import type { Release } from '../core/release.ts'
import { fingerprintOf, type Observed, planRollout } from '../core/rollout-plan.ts'
import type { Step } from '../core/step.ts'
import { chooseImage } from './choose-image.ts'
import { renderRelease } from './compose.ts'
import type { Config } from './config.ts'
import { observe } from './observe.ts'
import { requireFreePort } from './port.ts'

export type Planned = {
  readonly release: Release
  readonly observed: Observed
  readonly steps: readonly Step[]
  readonly fingerprint: string
}

/** The steps to the version that was asked for, from what is there now. Changes nothing. */
export async function planVersion(config: Config): Promise<Planned> {
  const [release, observed] = await Promise.all([
    chooseImage(config).then((image) => renderRelease(config, image)),
    observe(config.PROJECT),
  ])
  return planRelease(config, release, observed)
}

/** The steps to a release. */
export function planRelease(config: Config, release: Release, observed: Observed): Planned {
  const steps = planRollout(release, observed, config.BAKE_TIME)
  return { release, observed, steps, fingerprint: fingerprintOf(release, steps) }
}

/** Throws a Failure where these steps may not be taken: another plan was asked for, or the port is taken. */
export async function requireTakeable(config: Config, { observed, fingerprint }: Planned): Promise<void> {
  const { plan } = config.options
  if (plan !== undefined && plan !== fingerprint)
    throw new Failure(`PLAN=${JSON.stringify(plan)} no longer holds: the plan is ${fingerprint} now`, {
      next: 'make plan',
    })
  await requireFreePort(config, observed.containers)
}
