import { digest } from '../cli/digest.ts'
import type { Fill } from '../data/snapshot.ts'
import { isWell } from '../docker/container.ts'
import { colorOf } from '../proxy/sets.ts'
import type { Release } from '../release/model.ts'
import {
  attachBeside,
  awaitRoutes,
  bake,
  drainOld,
  haltOld,
  recreateOutdated,
  removeLeftovers,
  startAlone,
  startBeside,
  stopOld,
  stopRetired,
  switchOver,
  unholdForgotten,
  unholdWaiting,
} from './phases.ts'
import { configureProxy, undrainForgotten } from './proxy-steps.ts'
import { isFit, liveColor, membersOf } from './route-plan.ts'
import { assess, type Observed } from './situation.ts'
import { planSnapshot, type Safety } from './snapshot-steps.ts'
import type { Step } from './step.ts'

/** What a plan adds to the steps that it needs in any case. */
export type PlanOptions = {
  /** For how many seconds the new version is watched before the old one goes. */
  readonly bake?: number
  /** The names of the volumes to be made, empty. */
  readonly missing?: readonly string[]
  /** The snapshot that is put into new volumes, and why. */
  readonly fill?: (Fill & { readonly because: string }) | undefined
  /** The data to be kept in a snapshot; undefined for none. */
  readonly snapshot?: Safety | undefined
  /** Whether requests wait while a service without a route changes. */
  readonly hold?: boolean
}

/**
 * The steps from whatever there is to the release serving alone; none where it does already. A deploy, a run that was
 * killed and one that is being undone can all leave things behind: the plan begins wherever they are.
 */
export function planRollout(release: Release, observed: Observed, options: PlanOptions = {}): Step[] {
  const situation = assess(release, observed)
  const snapshot = planSnapshot(situation, options.snapshot)
  return [
    ...prepareVolumes(options),
    ...snapshot.before,
    ...unholdForgotten(situation),
    ...removeLeftovers(situation),
    ...undrainForgotten(situation),
    ...recreateOutdated(situation, options.hold ?? false),
    ...startBeside(situation),
    ...configureProxy(situation),
    ...attachBeside(situation),
    ...snapshot.begin,
    ...haltOld(situation),
    ...snapshot.finish,
    ...startAlone(situation),
    ...awaitRoutes(situation),
    ...switchOver(situation),
    ...unholdWaiting(situation),
    ...snapshot.verify,
    ...drainOld(situation),
    ...bake(situation, options.bake ?? 0),
    ...stopOld(situation),
    ...stopRetired(situation),
  ]
}

function prepareVolumes({ missing = [], fill }: PlanOptions): Step[] {
  return [
    ...(missing.length > 0 ? [{ do: 'volumes', names: missing, because: 'there are none yet' } as const] : []),
    ...(fill ? [{ do: 'fill', ...fill } as const] : []),
  ]
}

/** The one step back to nothing: it removes what a first deploy that failed has begun. Volumes stay. */
export const planNothing = ({ containers }: Observed): Step[] =>
  containers.length === 0 ? [] : [{ do: 'down', because: 'nothing served before' }]

/** Whether every route of the release has as many healthy containers in the live set as it asks for. */
export const isServing = (release: Release, { containers, proxy }: Observed): boolean =>
  release.routes.every((route) => {
    const live = liveColor(proxy, route.service)
    return (
      membersOf(route, containers).filter(
        (container) =>
          isFit(container, release) && isWell(container) && colorOf(container, release.compose.name) === live,
      ).length >= route.replicas
    )
  })

/** A digest of a plan: its release and its steps, with the ids of all that they touch. */
export const fingerprintOf = (release: Release, steps: readonly Step[]): string => digest([release.id, steps], 10)
