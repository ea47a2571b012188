import { Failure } from '../../cli/failure.ts'
import { exec, tryExec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { renderBytes } from '../../cli/table.ts'
import type { Config } from '../../config/io/read.ts'
import type { Composed } from '../../release/model.ts'
import type { DataVolume } from '../../release/volumes.ts'
import { type CopyMode, type Description, diffDescriptions, shortSnapshot } from '../snapshot.ts'
import { checked, readVerifications, recordVerification, repair, restic } from './repository.ts'
import { type Mounted, placeOf, resticOptions, resticRunArgv } from './restic-container.ts'
import { closeSandbox, openSandbox, runHook, runInSandbox, startInSandbox } from './sandbox.ts'
import type { Taking } from './take.ts'
import { makeScratch, removeScratch } from './volumes.ts'

/**
 * Reads a snapshot back: every file that is new or has changed since the last one that was read back, and all others of
 * one that is not large; each copy of a hook byte for byte, each dump into a server of its own. Throws a Failure where
 * anything is missing or says something else.
 */
export async function verifySnapshot(config: Config, taking: Taking): Promise<void> {
  try {
    await verify(config, taking)
  } catch (error) {
    if (!(error instanceof Failure) || !(await repair(config, error))) throw error
    throw new Failure(`${error.message}, in what this snapshot holds as well; it is repaired now`, {
      next: 'make backup   (puts in again what was damaged)',
      detail: error.detail ?? '',
      cause: error,
    })
  }
}

async function verify(config: Config, taking: Taking): Promise<void> {
  const { release, modes, id, described } = taking
  const volumes = release.volumes.filter(({ key }) => modes[key] !== undefined)
  const scratch = Object.fromEntries(
    await Promise.all(volumes.map(async ({ key }) => [key, await makeScratch(config.PROJECT, 'check', key)] as const)),
  )
  const count = await readFiles(config, taking, scratch)
  const verifications = readVerifications(config.PROJECT)
  const mine: Record<string, Description> = { ...described }
  for (const volume of volumes) {
    const { key, hook } = volume
    const name = scratch[key] ?? ''
    if (!hook) continue
    // What it says of its copy must be what it will say of that when it is put back: asked once of each release.
    if (modes[key] === 'copy' && !verifications.some(({ release: of }) => of === release.id))
      expectSame(volume, described[key], await describeFiles(config, release, volume, 'copy', id, name), id)
    if (modes[key] === 'dump') expectSame(volume, described[key], await loadDump(config, release, volume, name), id)
    if (modes[key] === 'files') mine[key] = await describeFiles(config, release, volume, 'files', id, name)
  }
  const place = placeOf(config)
  recordVerification(config.PROJECT, { id, place, release: release.id, at: new Date().toISOString(), described: mine })
  log.done(`snapshot ${shortSnapshot(id)} verified: ${count} read back`)
  await removeScratch(config.PROJECT)
}

/** What is read within a few seconds, in bytes. */
const QUICK = 256 * 1024 * 1024
const DIFFERS = 64
const READ = `mkdir -p /check/copies
restic "$@" && { diff --recursive --brief --no-dereference /copies /check/copies >&2 || exit ${DIFFERS}; }`

// What has not changed since the last snapshot is not put in again, and can have been damaged since: where that takes
// no time, all is read.
async function readFiles(
  config: Config,
  { id, bytes, modes, copies, changed }: Taking,
  scratch: Readonly<Record<string, string>>,
): Promise<string> {
  const { PROJECT } = config
  const besides = Object.keys(copies).filter((key) => modes[key] === 'copy')
  const rest = await Promise.all(besides.map(async (key) => [key, await makeScratch(PROJECT, 'rest', key)] as const))
  const mounts: Mounted[] = [
    // What a hook has copied goes where the file itself would lie.
    ...Object.entries(scratch).map(([key, volume]) => ({
      volume,
      at: `/check/${modes[key] === 'files' ? 'volumes' : 'copies'}/${key}`,
      write: true,
    })),
    ...rest.map(([key, volume]) => ({ volume, at: `/check/volumes/${key}`, write: true })),
    ...Object.entries(copies).map(([key, volume]) => ({ volume, at: `/copies/${key}` })),
  ]
  const paths = [...changed].filter((path) => path.startsWith('/volumes/'))
  const list = bytes <= QUICK ? ['/volumes', '/copies'] : ['/copies', ...paths.map(asPattern)]
  const restore = ['restore', id, '--target', '/check', '--include-file', '/dev/stdin', '--json']
  const argv = await resticRunArgv(config, mounts, ['bash', '-c', READ, 'restic', ...resticOptions(config), ...restore])
  const result = await tryExec(argv, { input: `${list.join('\n')}\n` })
  if (result.exitCode === DIFFERS)
    throw new Failure(`the snapshot ${shortSnapshot(id)} does not hold what the hook has copied`, {
      next: 'make backup',
      detail: result.stderr,
    })
  const summary = lastObject(checked(config, result).stdout) as { total_files?: number; total_bytes?: number }
  const { total_files: files = 0, total_bytes: size = 0 } = summary
  if (files < paths.length || (bytes <= QUICK && size < bytes))
    throw new Failure(`of the snapshot ${shortSnapshot(id)} only ${files} files, ${size} bytes could be read back`, {
      next: 'make backup',
    })
  return `${files} ${files === 1 ? 'file' : 'files'}, ${renderBytes(size)}`
}

/** Puts a snapshot's data into volumes, by key, and gives what the hooks say of them, where `release` has the hooks. */
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
  await restic(config, argv, mounts, { input: `${list.join('\n')}\n` })
  for (const [key] of copies.filter(([of]) => modes[of] === 'copy')) {
    // Not the folder itself: its owner and mode are the volume's.
    const put = ['find', `/check/copies/${key}`, '-mindepth', '1', '-maxdepth', '1']
    await exec(
      await resticRunArgv(config, mounts, [...put, '-exec', 'cp', '-a', '-t', `/check/volumes/${key}`, '{}', '+']),
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

/** What a volume's hook says of the data in a volume that stands for it. */
export async function describe(
  config: Config,
  release: Composed,
  { key, hook }: DataVolume,
  volume: string,
): Promise<Description> {
  if (!hook) return {}
  openSandbox(release, { live: false, volumes: { [key]: volume }, snapshots: {} })
  const described = await runHook(config, hook, hook.describe)
  await closeSandbox(config.PROJECT)
  return described
}

// Files that have not changed, or lie beside a copy, were not read back: where the hook needs them, all are.
async function describeFiles(
  config: Config,
  release: Composed,
  volume: DataVolume,
  kind: CopyMode,
  id: string,
  scratch: string,
) {
  const partial = await describe(config, release, volume, scratch).catch(() => undefined)
  if (partial) return partial
  const whole = await makeScratch(config.PROJECT, 'whole', volume.key)
  await readBack(config, id, { [volume.key]: kind }, { ...release, volumes: [] }, { [volume.key]: whole })
  return await describe(config, release, volume, whole)
}

// The service runs over an empty volume, is given the dump, and says what it has.
async function loadDump(
  config: Config,
  release: Composed,
  { key, hook }: DataVolume,
  dump: string,
  volume?: string,
): Promise<Description> {
  if (!hook?.restore) return {}
  const { service, restore, describe: ask } = hook
  openSandbox(release, { live: false, volumes: volume ? { [key]: volume } : {}, snapshots: { [service]: dump } })
  await startInSandbox(config.PROJECT, [service], config.READY_TIMEOUT)
  await runInSandbox(config, service, restore)
  const described = await runHook(config, hook, ask)
  await closeSandbox(config.PROJECT)
  return described
}

function expectSame({ key }: DataVolume, expected: Description | undefined, found: Description, id: string): void {
  const differences = diffDescriptions(expected ?? {}, found)
  if (differences.length > 0)
    throw new Failure(
      `the snapshot ${shortSnapshot(id)} read back says something else of ${key}: ${differences.join(', ')}`,
      {
        next: 'make backup',
      },
    )
}

// restic reads each line as a pattern, in which a dollar sign names a variable, and leaves blanks at its end out. What is
// no line, or was no UTF-8 when restic named it, stands for any one character.
const asPattern = (path: string) =>
  path
    .replaceAll(/[[\]*?\\]/g, '\\$&')
    .replaceAll('$', '$$$$')
    .replaceAll(/[\r\n\ufffd]|[\s\u0085](?=[\s\u0085]*$)/g, '?')

const lastObject = (text: string): object => JSON.parse(text.trimEnd().split('\n').at(-1) ?? '{}') as object
