import { exec } from '../../cli/io/exec.ts'
import type { Config } from '../../config/io/read.ts'
import type { Composed } from '../../release/model.ts'
import type { DataVolume } from '../../release/volumes.ts'
import type { Description } from '../description.ts'
import type { CopyMode } from '../snapshot.ts'
import { restic } from './repository.ts'
import { type Mounted, prepareRestic } from './restic-container.ts'
import { closeSandbox, openSandbox, runHook, runInSandbox, startInSandbox } from './sandbox.ts'
import { sayProgress } from './say-progress.ts'
import { makeScratch } from './volumes.ts'

/** Puts a snapshot's data into volumes, by key, and gives what the hooks of `release` say of them. */
export async function readBack(
  config: Config,
  id: string,
  modes: Readonly<Record<string, CopyMode>>,
  release: Composed,
  volumes: Readonly<Record<string, string>>,
): Promise<Record<string, Description>> {
  const keys = Object.keys(volumes)
  const copies = await Promise.all(
    keys
      .filter((key) => modes[key] !== 'files')
      .map(async (key) => [key, await makeScratch(config.PROJECT, 'check', key)] as const),
  )
  const mounts: Mounted[] = [
    ...keys.flatMap((key) => {
      const volume = volumes[key]
      return volume && modes[key] !== 'dump' ? [{ volume, at: `/check/volumes/${key}`, write: true }] : []
    }),
    ...copies.map(([key, volume]) => ({ volume, at: `/check/copies/${key}`, write: true })),
  ]
  const list = keys.flatMap((key) => [`/volumes/${key}`, `/copies/${key}`]).map(asPattern)
  const argv = ['restore', id, '--target', '/check', '--include-file', '/dev/stdin', '--json']
  await restic(config, argv, mounts, { input: `${list.join('\n')}\n`, tap: sayProgress })
  for (const [key] of copies.filter(([of]) => modes[of] === 'copy')) {
    // Not the folder itself: the volume keeps its owner and mode.
    const put = ['find', `/check/copies/${key}`, '-mindepth', '1', '-maxdepth', '1']
    await exec(
      await prepareRestic(config, mounts, [...put, '-exec', 'cp', '-a', '-t', `/check/volumes/${key}`, '{}', '+']),
    )
  }
  const described: Record<string, Description> = {}
  for (const volume of release.volumes.filter(({ key, hook }) => keys.includes(key) && hook)) {
    const target = volumes[volume.key] ?? ''
    const dump = Object.fromEntries(copies)[volume.key]
    described[volume.key] =
      modes[volume.key] === 'dump' && dump !== undefined
        ? await loadDump(config, release, volume, dump, target)
        : await describe(config, release, volume, target)
  }
  return described
}

/** What the hook of a volume says of the data in another volume that stands for it, which nobody else uses. */
export async function describe(
  config: Config,
  release: Composed,
  { key, hook }: DataVolume,
  volume: string,
): Promise<Description> {
  if (!hook) return {}
  await openSandbox(release, { live: false, volumes: { [key]: volume }, snapshots: {} })
  // Whoever loads a dump into a server can ask only a server.
  if (hook.restore) await startInSandbox(config.PROJECT, [hook.service], config.READY_TIMEOUT)
  const described = await runHook(config, hook, hook.describe)
  await closeSandbox(config.PROJECT)
  return described
}

/**
 * Starts a dump's service over an empty volume, lets it load the dump, and gives what its hook says of the data then.
 */
export async function loadDump(
  config: Config,
  release: Composed,
  { key, hook }: DataVolume,
  dump: string,
  volume?: string,
): Promise<Description> {
  if (!hook?.restore) return {}
  const { service, restore, describe: ask } = hook
  await openSandbox(release, { live: false, volumes: volume ? { [key]: volume } : {}, snapshots: { [service]: dump } })
  await startInSandbox(config.PROJECT, [service], config.READY_TIMEOUT)
  await runInSandbox(config, service, restore)
  const described = await runHook(config, hook, ask)
  await closeSandbox(config.PROJECT)
  return described
}

/**
 * A path as a line of restic's --include-file. restic reads a pattern there, in which a dollar sign names a variable,
 * and drops blanks at the end. A character that a line cannot have, or that was not UTF-8, stands for any one
 * character.
 */
export const asPattern = (path: string) =>
  path
    .replaceAll(/[[\]*?\\]/g, '\\$&')
    .replaceAll('$', '$$$$')
    .replaceAll(/[\r\n\ufffd]|[\s\u0085](?=[\s\u0085]*$)/g, '?')
