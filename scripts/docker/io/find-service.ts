import { Failure } from '../../cli/failure.ts'
import type { ContainerState } from '../container.ts'
import { listContainers } from './engine.ts'

/** The containers of a service of the project, or of all services. Throws a Failure that lists the choices. */
export async function findContainers(project: string, service: string | undefined): Promise<ContainerState[]> {
  const all = await listContainers(project)
  if (all.length === 0)
    throw new Failure(`nothing of the project ${JSON.stringify(project)} is on this engine`, { next: 'make ship' })
  const found = all.filter((container) => service === undefined || container.service === service)
  if (found.length > 0) return found
  const services = [...new Set(all.map((container) => container.service))].sort().join(', ')
  throw new Failure(
    `SERVICE=${JSON.stringify(service)} is not a service of this project; its services are ${services}`,
    {
      next: 'run the command again with one of those',
    },
  )
}
