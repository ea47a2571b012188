import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { Failure } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import { waitFor } from '../../cli/io/wait.ts'
import { manager as engine } from '../../docker/io/engine.ts'
import { DEFINITION_LABEL } from '../../docker/labels.ts'
import { asked, ofProject } from './nodes.ts'
import { readServices } from './swarm.ts'

const RUN = v.looseObject({
  Version: v.object({ Index: v.number() }),
  Spec: v.looseObject({ Labels: v.record(v.string(), v.string()) }),
})
/** Lets services of a project have no task. Whoever compares them with a release sees that they are none of it. */
export async function stopServices(project: string, names: readonly string[]): Promise<void> {
  const { services } = await readServices(project)
  const own = services.filter(({ name }) => names.includes(name.slice(project.length + 1)))
  for (const { id, name } of own) {
    log.command(`docker service scale ${name}=0`)
    await asked(async () => {
      const { Version, Spec } = v.parse(RUN, await engine.getService(id).inspect())
      const Labels = { ...Spec.Labels, [DEFINITION_LABEL]: 'stopped' }
      const _body = { ...Spec, Labels, Mode: { Replicated: { Replicas: 0 } } }
      await engine.getService(id).update({ _query: { version: Version.Index }, _body })
    })
  }
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
