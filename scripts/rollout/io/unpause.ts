import { resumeContainers } from '../../docker/io/containers.ts'
import { listContainers } from '../../docker/io/engine.ts'

/** Lets go on what a run has frozen. */
export async function unpauseAll(project: string): Promise<void> {
  const paused = (await listContainers(project)).filter(({ status }) => status === 'paused')
  if (paused.length > 0) await resumeContainers(paused)
}
