import { resolve } from 'node:path'
import { Failure } from '../../cli/failure.ts'
import type { Executed } from '../../cli/io/exec.ts'
import { INCOMPLETE } from '../restic-report.ts'
import { placeOf, type RepositorySettings } from './restic-container.ts'

// What restic's other exit statuses mean (its manual, "Exit codes"), and that of timeout(1).
export const NO_REPOSITORY = 10
export const LOCKED = 11
const WRONG_PASSWORD = 12
const SILENT = 124

/** A pack of the repository is not what restic had written. */
export class DamagedRepository extends Failure {}
const DAMAGE = /ciphertext verification failed|file is too short|unexpected pack id|hash does not match|invalid data/

/** Why restic failed, in a person's terms. */
export function failureOfRestic(config: RepositorySettings, { exitCode, stdout, stderr }: Executed): Failure {
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
    return new DamagedRepository(`${place} is damaged`, {
      next: 'make backup   (mends it with what is there); or: make restore SNAPSHOT=…   (another: make snapshots)',
      detail: lastMessages(said),
    })
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
