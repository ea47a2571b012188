import { isAbsolute, resolve } from 'node:path'
import type { Argv } from '../../cli/argv.ts'
import { digest } from '../../cli/digest.ts'
import { Failure } from '../../cli/failure.ts'
import type { Settings } from '../../config/settings.ts'
import { engineId, toolkitImageId } from '../../docker/io/toolkit-container.ts'
import { HELPER, OWNER, PROJECT_LABEL, SNAPSHOTS } from '../../docker/labels.ts'
import { TOOLKIT_LIMITS } from '../../docker/limits.ts'
import { ensureVolume } from './volumes.ts'

/** The settings that say where a project's repository is, and how to open it. */
export type RepositorySettings = Pick<
  Settings,
  'PROJECT' | 'BACKUP_REPOSITORY' | 'BACKUP_PASSWORD_FILE' | 'BACKUP_CREDENTIALS_FILE' | 'BACKUP_KNOWN_HOSTS_FILE'
>

/** A volume, and where a restic container mounts it: read-only, unless `write` is set. */
export type Mounted = { readonly volume: string; readonly at: string; readonly write?: boolean }

/**
 * The volume that holds a project's snapshots, unless BACKUP_REPOSITORY names another place. No Compose file can name
 * it.
 */
export const snapshotVolume = (project: string): string => `dartagnan_snapshots.${project}`

/**
 * Makes the volume for snapshots, where it is missing, and gives the command that runs `argv` in a restic container,
 * with volumes mounted. The container has the toolkit's image. It runs as root, since it reads and writes files of any
 * owner, but has no other right, and has a network only where the repository is elsewhere. Throws a Failure where a
 * setting that the repository needs is missing.
 */
export async function prepareRestic(
  config: RepositorySettings,
  mounts: readonly Mounted[],
  argv: readonly string[],
): Promise<Argv> {
  const { PROJECT } = config
  const store = snapshotVolume(PROJECT)
  await ensureVolume(store, { [OWNER]: SNAPSHOTS, [PROJECT_LABEL]: PROJECT })
  const image = await toolkitImageId()
  const options = ['--network', isRemote(config) ? 'host' : 'none', '--hostname', await lockHost(config)]
  const rights = ['ALL', '+DAC_OVERRIDE', '+CHOWN', '+FOWNER', '+FSETID'].flatMap((name) =>
    name.startsWith('+') ? ['--cap-add', name.slice(1)] : ['--cap-drop', name],
  )
  return [
    ...(['docker', 'run', '--rm', '--interactive', '--init', '--user', '0:0', ...options] as const),
    ...['--label', `${OWNER}=${HELPER}`, '--label', `${PROJECT_LABEL}=${PROJECT}`],
    ...[...rights, '--security-opt', 'no-new-privileges', '--read-only', ...TOOLKIT_LIMITS],
    // Every snapshot has both folders, whatever is in them: restic finds the snapshot before by its paths.
    ...['/tmp', '/volumes', '/copies', '/check'].flatMap((folder) => ['--tmpfs', folder]),
    ...['--volume', `${store}:/snapshots`, ...repositoryMounts(config)],
    ...mounts.flatMap(({ volume, at, write }) => ['--volume', `${volume}:${at}${write ? '' : ':ro'}`]),
    ...['--env', `RESTIC_REPOSITORY=${repositoryIn(config)}`, '--env', 'RESTIC_CACHE_DIR=/snapshots/cache'],
    // Otherwise restic says sixty times a second how far it is.
    ...['--env', 'RESTIC_PROGRESS_FPS=2'],
    ...(config.BACKUP_REPOSITORY.startsWith('sftp:') ? ['--env', SSH_PATH] : []),
    ...(config.BACKUP_PASSWORD_FILE ? ['--env', `RESTIC_PASSWORD_FILE=${PASSWORD}`] : []),
    ...(config.BACKUP_REPOSITORY.startsWith('s3:') ? ['--env', `AWS_SHARED_CREDENTIALS_FILE=${CREDENTIALS}`] : []),
    ...[image, ...argv],
  ]
}

// restic finds its ssh there (compose/images/toolkit/restic-ssh).
const SSH_PATH = 'PATH=/usr/local/lib/restic:/usr/local/bin:/usr/bin:/bin'
const PASSWORD = '/run/secrets/password'
const CREDENTIALS = '/run/secrets/credentials'
const KNOWN_HOSTS = '/run/secrets/known-hosts'
const isRemote = ({ BACKUP_REPOSITORY: place }: RepositorySettings) => /^(sftp|s3):/.test(place)

/** Where the repository is, for a person. */
export const placeOf = ({ BACKUP_REPOSITORY, PROJECT }: RepositorySettings): string =>
  BACKUP_REPOSITORY || `the volume ${snapshotVolume(PROJECT)}`

// The container mounts a folder of the host; restic reaches anything else by itself.
const repositoryIn = ({ BACKUP_REPOSITORY: place }: RepositorySettings) =>
  place === '' ? '/snapshots/repository' : place.startsWith('/') ? '/repository' : place

/** The command that runs restic on the project's repository, for a restic container. */
export const resticArgv = (config: RepositorySettings, args: readonly string[]): string[] => [
  'restic',
  ...resticOptions(config),
  ...args,
]

/** The options that restic takes before its command. */
export function resticOptions(config: RepositorySettings): string[] {
  const { BACKUP_REPOSITORY: place, BACKUP_PASSWORD_FILE: password } = config
  // The engine's own volume lies beside the data that it holds: a password would protect nothing, and could be lost.
  const key = password ? [] : ['--insecure-no-password']
  const cache = isRemote(config) ? [] : ['--no-cache']
  const ssh = `-i ${CREDENTIALS} -o UserKnownHostsFile=${KNOWN_HOSTS} -o StrictHostKeyChecking=yes -o BatchMode=yes -o ControlMaster=no -o ControlPath=none`
  return [...key, ...cache, ...(place.startsWith('sftp:') ? ['--option', `sftp.args=${ssh}`] : [])]
}

// Secrets are files of the host, mounted by their path: the toolkit itself need not read them.
function repositoryMounts(config: RepositorySettings): string[] {
  const { BACKUP_REPOSITORY: place, BACKUP_PASSWORD_FILE, BACKUP_CREDENTIALS_FILE, BACKUP_KNOWN_HOSTS_FILE } = config
  const missing =
    place !== '' && !BACKUP_PASSWORD_FILE
      ? 'BACKUP_PASSWORD_FILE'
      : isRemote(config) && !BACKUP_CREDENTIALS_FILE
        ? 'BACKUP_CREDENTIALS_FILE'
        : place.startsWith('sftp:') && !BACKUP_KNOWN_HOSTS_FILE
          ? 'BACKUP_KNOWN_HOSTS_FILE'
          : undefined
  if (missing)
    throw new Failure(`BACKUP_REPOSITORY=${JSON.stringify(place)} needs ${missing}, the path of a file`, {
      next: `set ${missing} in .env (.env.example says what is in it), then run the command again`,
    })
  const bind = (source: string, target: string, write = false) =>
    source === ''
      ? []
      : [
          '--mount',
          `type=bind,source=${isAbsolute(source) ? source : resolve(source)},target=${target}${write ? '' : ',readonly'}`,
        ]
  return [
    ...(place.startsWith('/') ? bind(place, '/repository', true) : []),
    ...bind(BACKUP_PASSWORD_FILE, PASSWORD),
    ...bind(BACKUP_CREDENTIALS_FILE, CREDENTIALS),
    ...bind(BACKUP_KNOWN_HOSTS_FILE, KNOWN_HOSTS),
  ]
}

/** The host name in a project's locks. It tells them from those of another project or another engine. */
export const lockHost = async ({ PROJECT }: Pick<Settings, 'PROJECT'>): Promise<string> =>
  `dartagnan-${digest([await engineId(), PROJECT])}`
