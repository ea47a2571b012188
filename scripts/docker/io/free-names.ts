import { Failure } from '../../cli/failure.ts'
import type { ComposeModel } from '../compose-model.ts'
import { COMPOSE_PROJECT } from '../labels.ts'
import { engine } from './engine.ts'

/** Throws a Failure where a container that is not of this project has a name that Compose gives to those of its services. */
export async function requireFreeNames({ name, services }: ComposeModel): Promise<void> {
  const names = Object.entries(services).map(([key, service]) => service.container_name ?? `${name}-${key}-\\d+`)
  // Every program of the host may name a container; only Compose gives this label.
  const named = await engine.listContainers({ all: true, filters: { name: [`^/?(${names.join('|')})$`] } })
  const other = named.find(({ Labels }) => Labels[COMPOSE_PROJECT] !== name)?.Names[0]?.replace('/', '')
  if (other === undefined) return
  throw new Failure(`the container ${other} is not of the project ${name}, and has a name that it needs`, {
    next: `docker rename ${other} another-name   (or remove it, if nobody needs it)`,
  })
}
