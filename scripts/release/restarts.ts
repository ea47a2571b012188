import type { ComposeModel, ComposeService } from '../docker/compose-model.ts'

/** The names of the services that one looks up only when it starts (`depends_on` with `restart: true`). */
export const restartNames = ({ depends_on: all = {} }: Partial<ComposeService> = {}): string[] =>
  Object.keys(all).filter((name) => all[name]?.restart)

/** The services with which one is replaced (`depends_on` with `restart: true`): it looks them up only when it starts. */
export const restartsWith = ({ services }: ComposeModel, service: ComposeService): ComposeService[] =>
  restartNames(service).flatMap((name) => services[name] ?? [])

/**
 * The services that one passes requests on to, itself or through another: what it depends on and what has a port open for
 * others (`expose`). A worker has none.
 */
export function reachedFrom({ services }: ComposeModel, service: string): string[] {
  const reached = new Set<string>()
  const visit = (from: string) => {
    for (const name of Object.keys(services[from]?.depends_on ?? {})) {
      if (reached.has(name) || !services[name]?.expose?.length) continue
      reached.add(name)
      visit(name)
    }
  }
  visit(service)
  return [...reached]
}
