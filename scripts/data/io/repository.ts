import * as v from 'valibot'
import type { Argv } from '../../cli/argv.ts'
import { Failure } from '../../cli/failure.ts'
import { type ExecOptions, type Executed, exec, tryExec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { waitFor } from '../../cli/io/wait.ts'
import { parseJson } from '../../cli/parse.ts'
import type { Settings } from '../../config/settings.ts'
import { listOwned } from '../../docker/io/engine.ts'
import { HELPER } from '../../docker/labels.ts'
import { appendLedger, readRecords } from '../../state/io/ledger.ts'
import { isVerification, parseSnapshots, type Snapshot, STRANGE, type Verification } from '../snapshot.ts'
import {
  lockHost,
  type Mounted,
  placeOf,
  prepareRestic,
  type RepositorySettings,
  resticArgv,
  snapshotVolume,
} from './restic-container.ts'
import { failureOfRestic, LOCKED, NO_REPOSITORY } from './restic-failure.ts'
import { closeSandbox } from './sandbox.ts'
import { findVolume, removeHalfFilled, removeScratch } from './volumes.ts'

/**
 * Runs restic on the project's repository, with volumes mounted. Throws a Failure in a person's terms where it fails.
 */
export async function restic(
  config: RepositorySettings,
  args: readonly string[],
  mounts: readonly Mounted[] = [],
  options: ExecOptions = {},
): Promise<Executed> {
  const argv = await prepareRestic(config, mounts, resticArgv(config, args))
  const run = () => tryExec(argv, options)
  const result = await run()
  return checked(config, (await mended(config, result.exitCode)) ? await run() : result)
}

/** The result of restic, where it is a success; otherwise throws a Failure. */
export function checked(config: RepositorySettings, result: Executed): Executed {
  if (result.exitCode === 0) return result
  throw failureOfRestic(config, result)
}

/**
 * Answers what restic's exit status asks for: makes a repository that is not there yet, or removes the locks that
 * killed runs of this engine have left. Gives whether to try again. Throws a Failure where another engine holds the
 * lock.
 */
export async function mended(config: RepositorySettings, status: number): Promise<boolean> {
  if (status === LOCKED) return await unlock(config)
  if (status !== NO_REPOSITORY || hasVerifications(config)) return false
  log.detail(`${placeOf(config)} holds no repository yet`)
  checked(config, await tryExec(await prepareRestic(config, [], resticArgv(config, ['init']))))
  return true
}

/** Makes the repository, unless it is known to be there. */
export async function ensureRepository(config: RepositorySettings): Promise<void> {
  if (hasVerifications(config)) return
  const result = await tryExec(await prepareRestic(config, [], contact(config, ['cat', 'config'])), { quiet: true })
  if (!(await mended(config, result.exitCode))) checked(config, result)
}

// restic asks a server that does not answer, or that lacks the bucket, again and again for a quarter of an hour.
const contact = (config: RepositorySettings, args: readonly string[]) => ['timeout', '60', ...resticArgv(config, args)]

/**
 * Removes what failed or killed runs have left: restic's containers, the sandbox, and scratch or half-filled volumes.
 * The caller holds the project's lock, so nobody uses them.
 */
export async function clearLeftovers({ PROJECT }: Pick<Settings, 'PROJECT'>): Promise<void> {
  const list = async () => await listOwned(PROJECT, 'container', HELPER)
  const left = await list()
  // One that is about to end removes itself meanwhile: what counts is that they are gone.
  if (left.length > 0) await tryExec(['docker', 'rm', '--force', '--volumes', ...left])
  if (left.length > 0 && !(await waitFor(async () => (await list()).length === 0, 10)))
    throw new Failure(`${left.join(', ')} cannot be removed`, { next: 'make doctor' })
  await closeSandbox(PROJECT)
  await removeScratch(PROJECT)
  await removeHalfFilled(PROJECT)
}

const LOCK = v.looseObject({ hostname: v.string(), pid: v.number(), time: v.string() })

// A lock of this engine is stale: the caller holds the project's lock, and no restic runs. Another engine's lock stays.
async function unlock(config: RepositorySettings): Promise<boolean> {
  const ask = async (...args: string[]) =>
    (
      await exec(await prepareRestic(config, [], resticArgv(config, ['--no-lock', '--quiet', ...args])), {
        quiet: true,
      })
    ).stdout
  const ids = (await ask('list', 'locks')).split('\n').filter(Boolean)
  const locks = await Promise.all(ids.map(async (id) => parseJson(LOCK, await ask('cat', 'lock', id), STRANGE)))
  const mine = await lockHost(config)
  const other = locks.find(({ hostname }) => hostname !== mine)
  if (other)
    throw new Failure(`${placeOf(config)} is locked by ${other.hostname} (process ${other.pid}) since ${other.time}`, {
      next: 'wait for it; where that host is dead, there: restic unlock --remove-all',
    })
  log.note(`${placeOf(config)} was left locked by a killed run: unlocking it`)
  await exec(await prepareRestic(config, [], resticArgv(config, ['unlock', '--remove-all'])))
  return true
}

/** The project's snapshots, oldest first, and the ids of the passes that earlier runs have left beside them. */
export async function listSnapshots(config: RepositorySettings): Promise<{ snapshots: Snapshot[]; passes: string[] }> {
  // A question makes no volume.
  const isKnown = config.BACKUP_REPOSITORY !== '' || hasVerifications(config)
  if (!isKnown && !(await findVolume(snapshotVolume(config.PROJECT)))) return { snapshots: [], passes: [] }
  const args: Argv = ['snapshots', '--json', '--host', config.PROJECT]
  const result = await tryExec(await prepareRestic(config, [], contact(config, ['--no-lock', ...args])), {
    quiet: true,
  })
  if (result.exitCode === NO_REPOSITORY && !hasVerifications(config)) return { snapshots: [], passes: [] }
  return parseSnapshots(checked(config, result).stdout)
}

const VERIFICATIONS = 'snapshots.jsonl'
/** The snapshots that were read back on this engine. */
export const readVerifications = (project: string): Verification[] =>
  readRecords(isVerification, project, VERIFICATIONS)
const hasVerifications = (config: RepositorySettings) =>
  readVerifications(config.PROJECT).some(({ place }) => place === placeOf(config))
/** Writes down that a snapshot was read back on this engine. */
export const recordVerification = (project: string, verification: Verification): void =>
  appendLedger(project, VERIFICATIONS, verification)
