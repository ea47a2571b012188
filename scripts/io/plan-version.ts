import { fingerprintOf, type Observed, planDeploy, type Step } from '../core/deploy-plan.ts'
import type { Release } from '../core/release.ts'
import { chooseImage } from './choose-image.ts'
import { renderRelease } from './compose.ts'
import type { Config } from './config.ts'
import { observe } from './observe.ts'

export type Planned = {
  readonly release: Release
  readonly observed: Observed
  readonly steps: readonly Step[]
  readonly fingerprint: string
}

/** The steps to the version that was asked for, from what is there now. Changes nothing. */
export async function planVersion(config: Config): Promise<Planned> {
  const release = await renderRelease(config, await chooseImage(config))
  const observed = await observe(config)
  const steps = planDeploy(release, config.REPLICAS, observed)
  return { release, observed, steps, fingerprint: fingerprintOf(release, config.REPLICAS, observed) }
}
