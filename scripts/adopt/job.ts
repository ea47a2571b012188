import type { Project, Service } from './source-tree.ts'

/** Whether a service does its work once and exits: others wait for its end, or it has neither ports nor restarts. */
export function isJob({ services }: Project, name: string): boolean {
  const spec = services[name] ?? {}
  const isAwaited = Object.values(services).some(
    (other) => dependenciesOf(other)[name]?.condition === 'service_completed_successfully',
  )
  return isAwaited || (spec['restart'] === 'no' && !spec.ports?.length && !spec['healthcheck'] && !spec['expose'])
}

type Dependency = { readonly condition?: string; readonly restart?: boolean; readonly required?: boolean }
/** What a service depends on, as `docker compose config` writes it. */
export function dependenciesOf(spec: Service): Readonly<Record<string, Dependency>> {
  const all = spec['depends_on']
  if (typeof all !== 'object' || all === null || Array.isArray(all)) return {}
  return Object.fromEntries(
    Object.entries(all).map(([name, one]) => [
      name,
      typeof one === 'object' && one !== null ? (one as Dependency) : {},
    ]),
  )
}
