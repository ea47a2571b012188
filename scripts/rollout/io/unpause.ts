import { resumeContainers } from '../../docker/io/containers.ts'
import { listContainers } from '../../docker/io/engine.ts'

/** Unpauses all containers of a project that a run has paused. */
export async function unpauseAll(project: string): Promise<void> {
  const paused = (await listContainers(project)).filter(({ status }) => status === 'paused')
  if (paused.length > 0) await resumeContainers(paused)
}
