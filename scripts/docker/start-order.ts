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

/** The services that no other one waits for or calls: they have no port, and are named by none. */
export const asideServices = ({ services }: ComposeModel): ReadonlySet<string> => {
  const needed = new Set(Object.values(services).flatMap(({ depends_on: needs = {} }) => Object.keys(needs)))
  const isCalled = ({ expose = [], ports = [] }: ComposeModel['services'][string]) => expose.length + ports.length > 0
  return new Set(Object.entries(services).flatMap(([name, one]) => (isCalled(one) || needed.has(name) ? [] : name)))
}
