import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { exec } from '../../cli/io/exec.ts'
import { ofToolkit } from '../../cli/io/places.ts'
import { openScratch } from '../../cli/io/scratch.ts'
import { PROXY } from '../../docker/compose-model.ts'
import type { ContainerState } from '../../docker/container.ts'
import { removeContainers } from '../../docker/io/containers.ts'
import { listContainers } from '../../docker/io/engine.ts'
import { composeRelease } from '../../release/io/render.ts'
import type { Release } from '../../release/model.ts'
import { doorBehindGate, keepGate, withGate } from '../behind-gate.ts'
import type { Sets } from '../endpoints.ts'
import { LIVE_FILE, renderConfig, renderLive } from '../haproxy.ts'
import { withMaintenance } from '../maintenance.ts'
import type { Color } from '../sets.ts'
import { doorOf, placeOf, publishes, servingProxy, successorsOf } from '../successor.ts'
import { readMaintenance } from './maintenance.ts'
import { reload } from './reload.ts'
import { proxyOf } from './runtime.ts'

/** Starts the proxy, or gives the running one a valid configuration without dropping a connection. */
export async function ensureProxy(release: Release, sets: Sets): Promise<void> {
  const containers = await listContainers(release.compose.name)
  const serving = servingProxy(containers)
  const door = doorOf(containers)
  const former = serving ? (await proxyOf(serving).readState()).config : ''
  const text = keepGate(configFor(release, sets), release.compose.name, former)
  const live = await liveSets(release, serving)
  if (serving && door && publishes(door, release.compose)) {
    await proxyOf(serving).configure(text, live)
    await reload(serving)
    return
  }
  // The port is closed, or moves: whoever has its socket loses it.
  await removeContainers(successorsOf(containers))
  const find = async () => doorOf(await listContainers(release.compose.name))
  if (!door) await composeRelease(release, ['create', '--no-recreate', PROXY])
  await copyFiles((await find())?.name ?? '', { [placeOf().config]: text, [LIVE_FILE]: renderLive(live) })
  await composeRelease(release, ['up', '--detach', '--wait', '--no-deps', PROXY])
}

/** The configuration of a release, with the maintenance that its project is in. */
export const configFor = ({ compose, proxy, routes }: Release, sets: Sets): string =>
  withMaintenance(renderConfig(proxy, routes, sets), readMaintenance(compose.name))

/** The configuration of a door before the proxy that serves. */
export const renderDoor = async (serving: ContainerState): Promise<string> =>
  doorBehindGate(readFileSync(ofToolkit('compose/proxy/door.cfg'), 'utf8'), (await proxyOf(serving).readState()).config)

/** Lets the running proxy of a project, and its door, believe the gate on that network. */
export async function believeGate(project: string, serving: ContainerState, subnet: string): Promise<void> {
  const proxy = proxyOf(serving)
  const { config, live } = await proxy.readState()
  const text = withGate(config, project, subnet)
  if (text === config) return
  await proxy.configure(text, live)
  await reload(serving)
  const door = doorOf(await listContainers(project))
  if (!door || door.id === serving.id) return
  await proxyOf(door).put(await renderDoor(serving))
  await reload(door)
}

/**
 * Which set serves each service. Where no proxy runs, nobody knows: the first step that switches says so; until then the
 * set that has members serves.
 */
export async function liveSets(
  { routes }: Release,
  serving: ContainerState | undefined,
): Promise<Readonly<Record<string, Color>>> {
  const live = serving ? (await proxyOf(serving).readState()).live : {}
  return { ...Object.fromEntries(routes.map(({ service }) => [service, 'blue' as Color])), ...live }
}

async function copyFiles(container: string, files: Readonly<Record<string, string>>): Promise<void> {
  using scratch = openScratch('proxy')
  for (const [path, text] of Object.entries(files)) {
    const source = join(scratch.path, basename(path))
    writeFileSync(source, text, { mode: 0o644 })
    await exec(['docker', 'cp', source, `${container}:${path}`])
  }
}
