import type { ComposeModel, ComposeService } from '../docker/compose-model.ts'

/** The names of the services that one looks up only when it starts (`depends_on` with `restart: true`). */
export const restartNames = ({ depends_on: all = {} }: Partial<ComposeService> = {}): string[] =>
  Object.keys(all).filter((name) => all[name]?.restart)

/** The services with which one is replaced (`depends_on` with `restart: true`): it looks them up only when it starts. */
export const restartsWith = ({ services }: ComposeModel, service: ComposeService): ComposeService[] =>
  restartNames(service).flatMap((name) => services[name] ?? [])
