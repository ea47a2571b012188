import { DEFINITION_LABEL } from '../docker/labels.ts'
import type { Compiled } from './compile.ts'
import type { Running } from './judge.ts'

/** What a rollout on a swarm changes, service by service. */
export type Change = { readonly name: string; readonly what: 'create' | 'update' | 'keep' | 'remove' }

/** Compares what runs with what a release is to be. */
export function changesOf(compiled: Compiled, running: readonly Running[]): Change[] {
  const wanted = compiled.waves.flat().map((service) => compiled.spec(service, {}))
  const known = new Map(running.map((one) => [one.name, one.definition]))
  const gone = running.filter(({ name }) => !wanted.some(({ Name }) => Name === name))
  return [
    ...wanted.map(({ Name, Labels }): Change => {
      const definition = known.get(Name)
      return {
        name: Name,
        what: definition === undefined ? 'create' : definition === Labels[DEFINITION_LABEL] ? 'keep' : 'update',
      }
    }),
    ...gone.map(({ name }): Change => ({ name, what: 'remove' })),
  ]
}
