import { GUARD } from '../docker/compose-model.ts'
import type { ContainerState } from '../docker/container.ts'
import type { Planned } from './plan.ts'
import { isCurrentOne } from './route-plan.ts'

/** The containers that are gone once a plan's steps are taken. */
export function replacedContainers({
  release,
  observed,
  steps,
}: Pick<Planned, 'release' | 'observed' | 'steps'>): ContainerState[] {
  const ids = steps.flatMap((step) =>
    step.do === 'stop' || step.do === 'remove' ? step.targets.map(({ id }) => id) : [],
  )
  const recreated = steps.flatMap((step) => (step.do === 'recreate' ? step.services : []))
  return observed.containers.filter(
    (one) =>
      one.service !== GUARD &&
      (ids.includes(one.id) || (recreated.includes(one.service) && !isCurrentOne(one, release))),
  )
}
