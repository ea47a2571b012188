import { resolve } from 'node:path'
import type { Argv } from '../../cli/argv.ts'
import { Failure } from '../../cli/failure.ts'
import { type ExecOptions, type Executed, exec, tryExec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import type { Settings } from '../../config/settings.ts'
import { removeContainers } from '../../docker/io/containers.ts'
import { listOwned } from '../../docker/io/engine.ts'
import { appendLedger, readRecords } from '../../state/io/ledger.ts'
import { parseSnapshots, type Snapshot, type Verification } from '../snapshot.ts'
import {
  lockHost,
  type Mounted,
  placeOf,
  RESTIC_KIND,
  type RepositorySettings,
  resticArgv,
  resticOptions,
  resticRunArgv,
} from './restic-container.ts'
import { closeSandbox } from './sandbox.ts'
import { removeHalfFilled, removeScratch } from './volumes.ts'

// What restic's exit statuses mean (its manual, "Exit codes").
export const INCOMPLETE = 3
const NO_REPOSITORY = 10
const LOCKED = 11
const WRONG_PASSWORD = 12

/** Runs restic on the project's repository, beside volumes. Throws a Failure in a person's terms where it fails. */
export async function restic(
  config: RepositorySettings,
  args: readonly string[],
  mounts: readonly Mounted[] = [],
  options: ExecOptions = {},
): Promise<Executed> {
  const argv = await resticRunArgv(config, mounts, resticArgv(config, args))
  const run = () => tryExec(argv, options)
  const result = await run()
  return checked(config, (await mended(config, result.exitCode)) ? await run() : result)
}

/** The result of restic, where it is a success; otherwise throws a Failure. */
export function checked(config: RepositorySettings, result: Executed): Executed {
  if (result.exitCode === 0) return result
  throw failureOf(config, result)
}

/** Makes the repository where it is not there yet, and removes the locks of this engine's killed runs: whether to try again. */
export async function mended(config: RepositorySettings, status: number): Promise<boolean> {
  if (status === LOCKED) return await unlock(config)
  if (status !== NO_REPOSITORY || hasVerifications(config)) return false
  log.note(`${placeOf(config)} holds no repository yet`)
  checked(config, await tryExec(await resticRunArgv(config, [], resticArgv(config, ['init']))))
  return true
}

/** Makes the repository, unless it is known to be there. */
export async function ensureRepository(config: RepositorySettings): Promise<void> {
  if (hasVerifications(config)) return
  const result = await tryExec(await resticRunArgv(config, [], contact(config, ['cat', 'config'])), { quiet: true })
  if (!(await mended(config, result.exitCode))) checked(config, result)
}

// restic asks a server that does not answer, or has no such bucket, again and again for a quarter of an hour.
const contact = (config: RepositorySettings, args: readonly string[]) => ['timeout', '60', ...resticArgv(config, args)]
const SILENT = 124

/**
 * Removes what runs that failed or were killed have left: their helpers, and volumes that are scratch or half filled. The
 * project's lock is the caller's, so none of them belongs to anybody.
 */
export async function clearLeftovers({ PROJECT }: Pick<Settings, 'PROJECT'>): Promise<void> {
  const left = await listOwned(PROJECT, 'container', RESTIC_KIND)
  if (left.length > 0) await removeContainers(left.map((id) => ({ id, name: id.slice(0, 12) })))
  await closeSandbox(PROJECT)
  await removeScratch(PROJECT)
  await removeHalfFilled(PROJECT)
}

// A lock of this engine is stale: the caller holds the project's, and its helpers are gone. Another's is left alone.
async function unlock(config: RepositorySettings): Promise<boolean> {
  const ask = async (...args: string[]) =>
    (
      await exec(await resticRunArgv(config, [], resticArgv(config, ['--no-lock', '--quiet', ...args])), {
        quiet: true,
      })
    ).stdout
  const ids = (await ask('list', 'locks')).split('\n').filter(Boolean)
  const locks = await Promise.all(ids.map(async (id) => JSON.parse(await ask('cat', 'lock', id)) as Lock))
  const mine = await lockHost(config)
  const other = locks.find(({ hostname }) => hostname !== mine)
  if (other)
    throw new Failure(`${placeOf(config)} is locked by ${other.hostname} (process ${other.pid}) since ${other.time}`, {
      next: 'wait for it; where that host is dead, there: restic unlock --remove-all',
    })
  log.note(`${placeOf(config)} was left locked by a killed run: unlocking it`)
  await exec(await resticRunArgv(config, [], resticArgv(config, ['unlock', '--remove-all'])))
  return true
}

// What restic says where a pack is not what it has written.
const DAMAGE = /ciphertext verification failed|file is too short|unexpected pack id|hash does not match|invalid data/
const packsIn = (said: string) =>
  [...said.matchAll(/data\/([0-9a-f]{8,64})|from ([0-9a-f]{8,64}) failed/g)].flatMap(([, a, b]) => a ?? b ?? [])
const REPAIR = `cd /tmp
packs=$(restic "\${@:2}" list packs --quiet | grep -E "^($1)" | sort -u) || exit 1
restic "\${@:2}" repair packs $packs`

/**
 * Takes packs that are damaged out of the repository, but for what is whole in them: the next backup puts the rest in
 * again, where it is still there. Says whether there were any, and now are none.
 */
export async function repair(config: RepositorySettings, { message, detail = '' }: Failure): Promise<boolean> {
  const packs = packsIn(detail)
  if (!message.endsWith(IS_DAMAGED) || packs.length === 0) return false
  log.note(`${placeOf(config)} is repaired: what is damaged goes, so that it can be put in again`)
  const argv = ['bash', '-c', REPAIR, 'bash', packs.join('|'), ...resticOptions(config)]
  return (await tryExec(await resticRunArgv(config, [], argv))).exitCode === 0
}
const IS_DAMAGED = 'is damaged'

type Lock = { hostname: string; pid: number; time: string }

function failureOf(config: RepositorySettings, { exitCode, stdout, stderr }: Executed): Failure {
  const said = `${stdout}\n${stderr}`
  const place = placeOf(config)
  const failure = (message: string, next: string) => new Failure(message, { next, detail: lastMessages(said) })
  const known = config.BACKUP_REPOSITORY === '' ? 'make doctor' : 'correct BACKUP_REPOSITORY in .env'
  if (/no space left on device|disk quota exceeded/i.test(said))
    return failure(
      `the disk is full: ${place}, or the volume that is written, has no room left`,
      'make prune   (and: df -h)',
    )
  const [, absent] = /bind source path does not exist: (.+?)\.?$/m.exec(said) ?? []
  if (absent) {
    const names = ['BACKUP_PASSWORD_FILE', 'BACKUP_CREDENTIALS_FILE', 'BACKUP_KNOWN_HOSTS_FILE'] as const
    const name = names.find((one) => config[one] !== '' && resolve(config[one]) === absent) ?? 'BACKUP_REPOSITORY'
    return failure(`there is no ${absent}`, `make it, or correct ${name} in .env`)
  }
  if (/read-only file system|permission denied/i.test(said) && exitCode !== INCOMPLETE)
    return failure(`${place} cannot be written`, known)
  if (DAMAGE.test(said))
    return failure(
      `${place} ${IS_DAMAGED}`,
      'make backup   (mends it with what is there); or: make restore SNAPSHOT=…   (another: make snapshots)',
    )
  switch (exitCode) {
    case INCOMPLETE:
      return failure(`the snapshot is incomplete: ${unread(said)} could not be read`, 'make logs, then: make backup')
    case NO_REPOSITORY:
      return failure(`there is no repository in ${place}, or no longer`, known)
    case LOCKED:
      return failure(`${place} is locked`, 'make snapshots')
    case SILENT:
      return failure(`${place} does not answer as it should`, `${known}; a bucket has to be there already`)
    case WRONG_PASSWORD:
      return failure(`the password does not open ${place}`, 'correct BACKUP_PASSWORD_FILE in .env')
    default:
      return failure(
        `restic ended with status ${exitCode} on ${place}`,
        'make snapshots   (shows whether it can be read)',
      )
  }
}

// The first path of which restic says that it is missing from a snapshot.
const unread = (said: string): string =>
  /"message_type":"error".*"item":"([^"]+)"/.exec(said)?.[1]?.replace(/^\/volumes\//, '') ?? 'something'

// What restic says of errors is among lines of progress, as JSON or as text.
function lastMessages(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() && !/"message_type":"(verbose_)?status"/.test(line))
  return lines.slice(-10).join('\n')
}

/** The project's snapshots, oldest first, and what earlier runs have left beside them; none where there is no repository. */
export async function listSnapshots(config: RepositorySettings): Promise<{ snapshots: Snapshot[]; passes: string[] }> {
  const args: Argv = ['snapshots', '--json', '--host', config.PROJECT]
  const result = await tryExec(await resticRunArgv(config, [], contact(config, ['--no-lock', ...args])), {
    quiet: true,
  })
  if (result.exitCode === NO_REPOSITORY && !hasVerifications(config)) return { snapshots: [], passes: [] }
  return parseSnapshots(checked(config, result).stdout)
}

const VERIFICATIONS = 'snapshots.jsonl'
/** The snapshots that were read back on this engine. */
export const readVerifications = (project: string): Verification[] => readRecords<Verification>(project, VERIFICATIONS)
const hasVerifications = (config: RepositorySettings) =>
  readVerifications(config.PROJECT).some(({ place }) => place === placeOf(config))
export const recordVerification = (project: string, proof: Verification): void =>
  appendLedger(project, VERIFICATIONS, proof)
