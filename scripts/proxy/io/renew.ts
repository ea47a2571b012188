import type { ContainerState } from '../../docker/container.ts'
import { runInside } from '../../docker/io/open-shell.ts'
import type { Release } from '../../release/model.ts'
import { keepGate } from '../behind-gate.ts'
import type { Sets } from '../endpoints.ts'
import { HAND_OVER_SOCKET, PROJECT_PROXY } from '../successor.ts'
import { configFor, liveSets, renderDoor } from './ensure.ts'
import { findProxies, retireOthers, startSuccessor } from './hand-over.ts'
import { reload } from './reload.ts'
import { proxyOf } from './runtime.ts'

/**
 * Starts a proxy of the release's definition beside the one that runs: both answer from here on. Throws a Failure, and the
 * old one serves alone, where the new one does not start or does not get the listening socket.
 */
export async function renewProxy(release: Release, sets: Sets): Promise<void> {
  const { name } = release.compose
  const { serving, door } = await findProxies(name, PROJECT_PROXY)
  await openDoor(door)
  const text = keepGate(configFor(release, sets), name, (await proxyOf(serving).readState()).config)
  const live = await liveSets(release, serving)
  await startSuccessor(release.compose, PROJECT_PROXY, (successor) => proxyOf(serving).leaveFor(successor, text, live))
}

/** Lets the newest proxy of a project serve alone. Gives how many connections had to be cut. */
export async function retireProxies(project: string): Promise<number> {
  const { serving } = await findProxies(project, PROJECT_PROXY)
  return await retireOthers(project, PROJECT_PROXY, () => renderDoor(serving))
}

// A proxy that an older toolkit has configured hands nothing over yet.
async function openDoor(door: ContainerState): Promise<void> {
  const asked = `socat -u OPEN:/dev/null UNIX-CONNECT:${HAND_OVER_SOCKET} 2>/dev/null && echo open || true`
  if ((await runInside(door.id, asked)) !== '') return
  const proxy = proxyOf(door)
  const { config, live } = await proxy.readState()
  await proxy.configure(config, live)
  await reload(door)
}
