import type { ComposeModel, ComposeService } from '../docker/compose-model.ts'

/** The services with which one is replaced (`depends_on` with `restart: true`): it looks them up only when it starts. */
export const restartsWith = ({ services }: ComposeModel, { depends_on: all = {} }: ComposeService): ComposeService[] =>
  Object.entries(all).flatMap(([name, { restart }]) => (restart && services[name] ? [services[name]] : []))
