import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../cli/failure.ts'
import { waitFor } from '../../cli/io/wait.ts'
import { manager as engine } from '../../docker/io/engine.ts'
import { asked, ofProject } from './nodes.ts'
import { emptyService, readServices } from './swarm.ts'

/** Lets services of a project have no task, and waits until none is left. */
export async function stopServices(project: string, names: readonly string[]): Promise<void> {
  const { services } = await readServices(project)
  const own = services.filter(({ name }) => names.includes(name.slice(project.length + 1)))
  for (const { name } of own) await emptyService(name)
  const stopped = async () => {
    const { tasks } = await readServices(project)
    return !tasks.some(({ service, state }) => own.some(({ id }) => id === service) && !OVER.includes(state))
  }
  if (!(await waitFor(stopped, 90, () => sleep(100))))
    throw new Failure(`${names.join(', ')} did not stop within 90 seconds`, { next: 'make status' })
}
const OVER = ['complete', 'shutdown', 'failed', 'rejected', 'orphaned']

/** The images of a project's services, as nodes have them, by the names of these in the Compose file. */
export async function readImages(project: string): Promise<Record<string, string>> {
  const found = (await asked(() => engine.listServices({ filters: ofProject(project) }))) as {
    Spec?: { Name?: string; TaskTemplate?: { ContainerSpec?: { Image?: string } } }
  }[]
  return Object.fromEntries(
    found.map(({ Spec }) => [
      (Spec?.Name ?? '').slice(project.length + 1),
      Spec?.TaskTemplate?.ContainerSpec?.Image ?? '',
    ]),
  )
}
