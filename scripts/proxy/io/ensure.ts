import { writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Failure } from '../../cli/failure.ts'
import { exec } from '../../cli/io/exec.ts'
import { openScratch } from '../../cli/io/scratch.ts'
import { waitFor } from '../../cli/io/wait.ts'
import { PROXY } from '../../docker/compose-model.ts'
import { listContainers } from '../../docker/io/engine.ts'
import { runInside } from '../../docker/io/open-shell.ts'
import { composeRelease } from '../../release/io/render.ts'
import type { Release } from '../../release/model.ts'
import { LIVE_FILE, renderConfig, renderLive, type Sets } from '../haproxy.ts'
import type { Color } from '../sets.ts'
import { CONFIG_FILE, proxyIn, type RunningProxy } from './runtime.ts'

/** Starts the proxy, or gives the running one a valid configuration without dropping a connection. */
export async function ensureProxy(release: Release, sets: Sets): Promise<void> {
  const { name } = release.compose
  const text = renderConfig(release.proxy, release.routes, sets)
  const find = async () => (await listContainers(name)).find(({ service }) => service === PROXY)
  const before = await find()
  const running = before?.status === 'running' ? proxyIn(before.id) : undefined
  const live = running ? (await running.readState()).live : {}
  const all = { ...Object.fromEntries(release.routes.map(({ service }) => [service, 'blue' as Color])), ...live }
  if (running) await running.configure(text, all)
  else {
    if (!before) await composeRelease(release, ['create', '--no-recreate', PROXY])
    // Nobody knows which set served. The first step that switches says so; until then the set that has members serves.
    await copyFiles((await find())?.name ?? '', { [CONFIG_FILE]: text, [LIVE_FILE]: renderLive(all) })
  }
  const worker = running ? await running.readWorker() : ''
  await composeRelease(release, ['up', '--detach', '--wait', '--no-deps', PROXY])
  if (running && before && before.id === (await find())?.id) await reload(before.id, running, worker)
}

/**
 * Lets HAProxy load its new configuration. Where it cannot, the former worker stays. Where it can, the reload is
 * complete when the former worker, which knows only the sets of its time, has answered all that it had accepted. The
 * signal comes from inside: `docker kill` would mark the container as stopped by hand, and its restart policy would no
 * longer hold (measured).
 */
async function reload(id: string, proxy: RunningProxy, former: string): Promise<void> {
  await runInside(id, 'kill -USR2 1')
  const taken = await waitFor(async () => (await proxy.readWorker().catch(() => former)) !== former, 20)
  if (!taken) throw new Failure('the proxy did not take its new configuration', { next: 'make logs SERVICE=proxy' })
  await waitFor(async () => (await runInside(id, `kill -0 ${former.trim()} 2>/dev/null || echo gone`)) !== '', 20)
}

async function copyFiles(container: string, files: Readonly<Record<string, string>>): Promise<void> {
  using scratch = openScratch('proxy')
  for (const [path, text] of Object.entries(files)) {
    const source = join(scratch.path, basename(path))
    writeFileSync(source, text, { mode: 0o644 })
    await exec(['docker', 'cp', source, `${container}:${path}`])
  }
}
