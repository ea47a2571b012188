import * as v from 'valibot'
import { Failure } from '../../cli/failure.ts'
import { tryExec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { parseJson } from '../../cli/parse.ts'
import { renderBytes } from '../../cli/table.ts'
import type { Config } from '../../config/io/read.ts'
import type { Composed } from '../../release/model.ts'
import type { DataVolume } from '../../release/volumes.ts'
import { type Description, diffDescriptions } from '../description.ts'
import { type CopyMode, STRANGE, shortSnapshot } from '../snapshot.ts'
import type { FinishedSnapshot, VerifiedSnapshot } from '../snapshot-states.ts'
import { asPattern, describe, loadDump, readBack } from './read-back.ts'
import { repair } from './repair.ts'
import { checked, readVerifications, recordVerification } from './repository.ts'
import { type Mounted, placeOf, prepareRestic, resticOptions } from './restic-container.ts'
import { DamagedRepository } from './restic-failure.ts'
import { sayProgress } from './say-progress.ts'
import { makeScratch, removeScratch } from './volumes.ts'

/**
 * Reads a snapshot back: every file that is new or has changed since the last verified snapshot, and, where the
 * snapshot is not large, all other files. Compares each copy of a hook byte for byte, and loads each dump into a server
 * of its own. Throws a Failure where anything is missing or differs; a damaged repository is repaired first.
 */
export async function verifySnapshot(config: Config, snapshot: FinishedSnapshot): Promise<VerifiedSnapshot> {
  try {
    await verify(config, snapshot)
    return { ...snapshot, verified: true }
  } catch (error) {
    if (!(error instanceof DamagedRepository) || !(await repair(config, error))) throw error
    throw new Failure(`${error.message}, in what this snapshot holds as well; it is repaired now`, {
      next: 'make backup   (puts in again what was damaged)',
      detail: error.detail ?? '',
      cause: error,
    })
  }
}

async function verify(config: Config, snapshot: FinishedSnapshot): Promise<void> {
  const { release, modes, id, described } = snapshot
  const volumes = release.volumes.filter(({ key }) => modes[key] !== undefined)
  const scratch = Object.fromEntries(
    await Promise.all(volumes.map(async ({ key }) => [key, await makeScratch(config.PROJECT, 'check', key)] as const)),
  )
  const count = await readFiles(config, snapshot, scratch)
  const verifications = readVerifications(config.PROJECT)
  const mine: Record<string, Description> = { ...described }
  for (const volume of volumes) {
    const { key, hook } = volume
    const name = scratch[key] ?? ''
    if (!hook) continue
    // A hook must say of its copy what it will say after a restore. It is asked once for each release.
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

const number = v.exactOptional(v.number())
const SUMMARY = v.looseObject({ total_files: number, total_bytes: number })

/** How many bytes can be read within a few seconds. */
const QUICK = 256 * 1024 * 1024
const DIFFERS = 64
const READ = `mkdir -p /check/copies
restic "$@" && { diff --recursive --brief --no-dereference /copies /check/copies >&2 || exit ${DIFFERS}; }`

// restic does not store again what has not changed since the last snapshot, and that can be damaged by now. Where it
// takes little time, all is read.
async function readFiles(
  config: Config,
  { id, bytes, modes, copies, changed }: FinishedSnapshot,
  scratch: Readonly<Record<string, string>>,
): Promise<string> {
  const { PROJECT } = config
  const besides = Object.keys(copies).filter((key) => modes[key] === 'copy')
  const rest = await Promise.all(besides.map(async (key) => [key, await makeScratch(PROJECT, 'rest', key)] as const))
  const mounts: Mounted[] = [
    // A copy of a hook is read back beside the files that it stands for.
    ...Object.entries(scratch).map(([key, volume]) => ({
      volume,
      at: `/check/${modes[key] === 'files' ? 'volumes' : 'copies'}/${key}`,
      write: true,
    })),
    ...rest.map(([key, volume]) => ({ volume, at: `/check/volumes/${key}`, write: true })),
    ...Object.entries(copies).map(([key, volume]) => ({ volume, at: `/copies/${key}` })),
  ]
  const paths = changed.filter((path) => path.startsWith('/volumes/'))
  const list = bytes <= QUICK ? ['/volumes', '/copies'] : ['/copies', ...paths.map(asPattern)]
  const restore = ['restore', id, '--target', '/check', '--include-file', '/dev/stdin', '--json']
  const argv = await prepareRestic(config, mounts, ['bash', '-c', READ, 'restic', ...resticOptions(config), ...restore])
  const result = await tryExec(argv, { input: `${list.join('\n')}\n`, tap: sayProgress })
  if (result.exitCode === DIFFERS)
    throw new Failure(`the snapshot ${shortSnapshot(id)} does not hold what the hook has copied`, {
      next: 'make backup',
      detail: result.stderr,
    })
  const summary = checked(config, result).stdout.trimEnd().split('\n').at(-1) || '{}'
  const { total_files: files = 0, total_bytes: size = 0 } = parseJson(SUMMARY, summary, STRANGE)
  if (files < paths.length || (bytes <= QUICK && size < bytes))
    throw new Failure(`of the snapshot ${shortSnapshot(id)} only ${files} files, ${size} bytes could be read back`, {
      next: 'make backup',
    })
  return `${files} ${files === 1 ? 'file' : 'files'}, ${renderBytes(size)}`
}

// Not all files were read back: where the hook needs the others, too, all are.
async function describeFiles(
  config: Config,
  release: Composed,
  volume: DataVolume,
  kind: CopyMode,
  id: string,
  scratch: string,
) {
  // Over a part of its files a server would begin anew.
  const partial = volume.hook?.restore
    ? undefined
    : await describe(config, release, volume, scratch).catch(() => undefined)
  if (partial) return partial
  const whole = await makeScratch(config.PROJECT, 'whole', volume.key)
  await readBack(config, id, { [volume.key]: kind }, { ...release, volumes: [] }, { [volume.key]: whole })
  return await describe(config, release, volume, whole)
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
