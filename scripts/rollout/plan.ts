import { digest } from '../cli/digest.ts'
import type { Fill } from '../data/snapshot.ts'
import { GUARD } from '../docker/compose-model.ts'
import { isWell } from '../docker/container.ts'
import { colorOf } from '../proxy/sets.ts'
import { type Release, type Route, unroutedServices } from '../release/model.ts'
import { reachedFrom, restartNames } from '../release/restarts.ts'
import { carryHalted } from './carry-steps.ts'
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
import { isCurrentOne, isFit, liveColor, membersOf, planRoute, runsAsConfigured } from './route-plan.ts'
import type { Observed, Situation } from './situation.ts'
import { planSnapshot, type Safety } from './snapshot-steps.ts'
import type { Step, Stray } from './step.ts'

/** A plan, with what it was made from. */
export type Planned = {
  readonly release: Release
  readonly observed: Observed
  readonly steps: readonly Step[]
  /** A digest of the release and the steps, with the ids of all that they touch. */
  readonly fingerprint: string
}

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
  /** The containers whose data move into volumes of the release. */
  readonly strays?: readonly Stray[]
  /** Whether requests wait while a service without a route changes. */
  readonly hold?: boolean
}

/** Plans the way to a release. */
export function planRelease(release: Release, observed: Observed, options: PlanOptions): Planned {
  const steps = planRollout(release, observed, options)
  return { release, observed, steps, fingerprint: digest([release.id, steps], 10) }
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
    // No request may wait for the first pass of a snapshot.
    ...(situation.late ? snapshot.begin : []),
    ...recreateOutdated(situation, options.hold ?? false, options.strays ?? []),
    ...startBeside(situation),
    ...configureProxy(situation),
    ...attachBeside(situation),
    ...(situation.late ? [] : snapshot.begin),
    ...haltOld(situation),
    ...snapshot.finish,
    ...carryHalted(situation, options.strays ?? []),
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

// Compares a release with what there is.
function assess(release: Release, observed: Observed): Situation {
  const { containers, proxy } = observed
  const outdated = unroutedServices(release).filter((name) => !runsAsConfigured(release, containers, name))
  const others = containers.filter((one) => !isCurrentOne(one, release)).map(({ service }) => service)
  const changing = outdated.filter((name) => others.includes(name))
  const looksUp = ({ service }: Route) =>
    restartNames(release.compose.services[service]).some((name) => changing.includes(name))
  const routes = release.routes.map((route) => planRoute(route, release, containers, proxy))
  const moving = routes.filter(({ move }) => move !== undefined)
  const switching = routes.filter(({ route, color }) => color !== liveColor(proxy, route.service))
  const exclusive = moving.filter((one) => one.exclusive)
  const late = release.routes.some(looksUp)
  const passesOn = ({ service }: Route) => reachedFrom(release.compose, service).some((name) => changing.includes(name))
  const waiting = routes.filter((one) => one.exclusive || one.waits || late)
  const guards = containers.filter(
    ({ service, status }) => service === GUARD && (status !== 'running' || waiting.length === 0),
  )
  return {
    ...observed,
    release,
    routes,
    overlap: moving.filter(({ exclusive }) => !exclusive),
    exclusive,
    switching,
    reached: routes.filter((one) => one.move || one.starting || switching.includes(one)),
    waiting,
    ...{ outdated, changing, late, behind: late || release.routes.some(passesOn) },
    leftovers: [...routes.flatMap(({ stray }) => stray), ...guards],
    // A set that is switched away from is the way back: its members go as a whole, and its slots stay open.
    shrinking: routes.filter((one) => !switching.includes(one) && !one.exclusive).flatMap(({ leave }) => leave),
    leaving: routes.flatMap(({ leave }) => leave),
  }
}

function prepareVolumes({ missing = [], fill }: PlanOptions): Step[] {
  return [
    ...(missing.length > 0 ? [{ do: 'volumes', names: missing, because: 'there are none yet' } as const] : []),
    ...(fill ? [{ do: 'fill', ...fill } as const] : []),
  ]
}

/**
 * The one step back to nothing: it removes what a first deploy that failed has begun, and with it the `volumes` that it has
 * made and from which nothing has served. A database sets itself up in an empty volume only: the corrected version would
 * take one that is set up by half as it is.
 */
export const planNothing = ({ containers }: Observed, volumes: readonly string[] = []): Step[] =>
  containers.length + volumes.length === 0 ? [] : [{ do: 'down', volumes, because: 'nothing served before' }]

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
