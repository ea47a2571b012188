import type { ComposeModel } from './compose-model.ts'

/**
 * The order in which services start: each group once the group before it is ready. What a service depends on outside of
 * `names` does not count. Services that depend on each other come last, together.
 */
export function startOrder({ services }: ComposeModel, names: readonly string[]): string[][] {
  const waves: string[][] = []
  let left = [...names]
  while (left.length > 0) {
    const waits = (name: string) => Object.keys(services[name]?.depends_on ?? {}).some((other) => left.includes(other))
    const free = left.filter((name) => !waits(name))
    const wave = free.length > 0 ? free : left
    waves.push(wave)
    left = left.filter((name) => !wave.includes(name))
  }
  return waves
}

/** The services for whose end others wait, as for that of a migration. */
export const awaitedJobs = ({ services }: ComposeModel): ReadonlySet<string> =>
  new Set(
    Object.values(services).flatMap(({ depends_on: needs = {} }) =>
      Object.keys(needs).filter((name) => needs[name]?.condition === 'service_completed_successfully'),
    ),
  )
