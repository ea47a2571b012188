import { Failure } from '../../cli/failure.ts'
import { waitFor } from '../../cli/io/wait.ts'
import type { ContainerState } from '../../docker/container.ts'
import { runInside } from '../../docker/io/open-shell.ts'
import { proxyOf } from './runtime.ts'

/**
 * Lets HAProxy load its new configuration. Where it cannot, the former worker stays. Where it can, the reload is
 * complete when the former worker, which knows only the sets of its time, has answered all that it had accepted. The
 * signal comes from inside: `docker kill` would mark the container as stopped by hand, and its restart policy would no
 * longer hold (measured). Gives whether the former worker has ended: one that has long connections may take a minute.
 */
export async function reload(container: ContainerState): Promise<boolean> {
  const { id } = container
  const proxy = proxyOf(container)
  const former = await proxy.readWorker()
  await runInside(id, 'kill -USR2 1')
  const taken = await waitFor(async () => (await proxy.readWorker().catch(() => former)) !== former, 20)
  if (!taken) throw new Failure('the proxy did not take its new configuration', { next: 'make logs SERVICE=proxy' })
  const hasEnded = async () => (await runInside(id, `kill -0 ${former.trim()} 2>/dev/null || echo gone`)) !== ''
  return (await waitFor(hasEnded, 20)) ?? false
}
