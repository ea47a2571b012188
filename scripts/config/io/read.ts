import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { parse } from 'dotenv'
import { Failure } from '../../cli/failure.ts'
import { exec } from '../../cli/io/exec.ts'
import { type CiServer, detectServer } from '../ci-server.ts'
import { firstDifference, isPlainEnvFile, probeFile } from '../env-file.ts'
import {
  appVariables,
  DEFAULT_ENV,
  envFilesOf,
  parseSettings,
  type Settings,
  type Source,
  settingNames,
  type Variables,
} from '../settings.ts'

/** The settings of this call, the application's own variables, and the options that hold for one call only. */
export type Config = Settings & {
  readonly app: Variables
  readonly options: Options
  readonly caller: string
  /** Who commits, as git's own variables; unset where git's config is to say. */
  readonly author: Readonly<Record<string, string | undefined>>
  readonly server: CiServer
}
export type Options = {
  readonly ref: string | undefined
  readonly version: string | undefined
  readonly plan: string | undefined
  readonly service: string | undefined
  readonly suite: string | undefined
  /** A snapshot's id, or the beginning of one. */
  readonly snapshot: string | undefined
  /** What a rollback does with the data: `restore`, or nothing. */
  readonly data: string | undefined
  readonly confirm: string | undefined
  /** What `release` raises: patch, minor, major, or auto. */
  readonly bump: string | undefined
  /** The file that `load` reads. */
  readonly bundle: string | undefined
  /** Whether `outdated` moves the locks, and `adopt` writes what it proposes. */
  readonly update: boolean
  readonly write: boolean
  /** The image that was chosen where this run was asked for, as `id` or `id@digest`: ENGINE names another engine. */
  readonly carried: string | undefined
  readonly follow: boolean
  readonly force: boolean
  readonly noCache: boolean
  readonly json: boolean
}

/** Reads .env, then the environment: the only place that does. Throws a Failure that quotes what is wrong. */
export async function readConfig(): Promise<Config> {
  const environment = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? '']))
  const files = await readEnvFiles(environment)
  const text = (name: string) => environment[name] || undefined
  const flag = (name: string) => isSet(environment[name])
  return {
    ...parseSettings(files, environment),
    app: appVariables(files, environment),
    caller: text('DARTAGNAN_CALLER') ?? text('USER') ?? 'unknown',
    author: {
      GIT_AUTHOR_NAME: text('GIT_AUTHOR_NAME'),
      GIT_AUTHOR_EMAIL: text('GIT_AUTHOR_EMAIL'),
      GIT_COMMITTER_NAME: text('GIT_COMMITTER_NAME') ?? text('GIT_AUTHOR_NAME'),
      GIT_COMMITTER_EMAIL: text('GIT_COMMITTER_EMAIL') ?? text('GIT_AUTHOR_EMAIL'),
    },
    server: detectServer(environment),
    options: {
      ref: text('REF'),
      version: text('VERSION'),
      plan: text('PLAN'),
      service: text('SERVICE'),
      suite: text('SUITE'),
      snapshot: text('SNAPSHOT'),
      data: text('DATA'),
      confirm: text('CONFIRM'),
      bump: text('BUMP'),
      bundle: text('BUNDLE'),
      update: flag('UPDATE'),
      write: flag('WRITE'),
      carried: text('DARTAGNAN_IMAGE'),
      follow: flag('FOLLOW'),
      force: flag('FORCE'),
      noCache: flag('NO_CACHE'),
      json: flag('JSON'),
    },
  }
}

/** The settings of another environment, as its files alone have them: what is given for this call is not for that one. */
export async function readSettingsOf(env: string): Promise<Settings> {
  return parseSettings(await readEnvFiles({ ENV: env }), { ENV: env })
}

/** Whether the result is asked for as JSON: known even where no config can be read. */
export const wantsJson = (): boolean => isSet(process.env['JSON'])

// FORCE=0 means what it says.
const isSet = (value: string | undefined): boolean => value !== undefined && value !== '' && value !== '0'

/** The options of one call, by the names that users give them. */
const OPTIONS = [
  ...['REF', 'VERSION', 'PLAN', 'SERVICE', 'SNAPSHOT', 'DATA', 'CONFIRM', 'FOLLOW', 'FORCE', 'JSON', 'WAIT'],
  ...['DARTAGNAN_CHECK', 'FAULT_AT', 'NO_COLOR', 'CI'],
]

/** The environment in which a run on another engine has the very settings and options of this one. */
export function remoteEnvironment(config: Config): Record<string, string> {
  const settings = settingNames.map((name) => [name, String(config[name])] as const)
  const options = OPTIONS.map((name) => [name, process.env[name] ?? ''] as const)
  const own = { ENGINE: '', DARTAGNAN_CALLER: `${config.caller}@${hostname()}`, DARTAGNAN_REMOTE: '1' }
  return Object.fromEntries([...Object.entries(config.app), ...options, ...settings, ...Object.entries(own)])
}

// .env says which environment it is for, unless the caller does; that one's own file comes before it.
async function readEnvFiles(environment: Variables): Promise<Source[]> {
  // Whoever carried this run here has read them.
  if (environment['DARTAGNAN_REMOTE']) return []
  const read = async (name: string) => ({ name, values: existsSync(name) ? await readEnvFile(name) : {} })
  const shared = await read('.env')
  const { ENV } = parseSettings([{ ...shared, values: { ENV: shared.values['ENV'] ?? '' } }], {
    ENV: environment['ENV'] ?? '',
  })
  if (ENV === DEFAULT_ENV) return [shared]
  const [own = ''] = envFilesOf(ENV)
  if (!existsSync(own)) {
    const known = readdirSync('.').flatMap((name) => /^\.env\.(?!example$)(.+)$/.exec(name)?.[1] ?? [])
    throw new Failure(
      `ENV=${JSON.stringify(ENV)} has no settings here; there are those of ${[DEFAULT_ENV, ...known.sort()].join(', ')}`,
      { next: `write ${own} with what differs from .env (an empty file will do), then run the command again` },
    )
  }
  return [await read(own), shared]
}

async function readEnvFile(path: string): Promise<Variables> {
  const text = readFileSync(path, 'utf8')
  const ours = parse(text)
  if (isPlainEnvFile(text)) return ours
  const unset = Object.fromEntries(Object.keys(ours).map((name) => [name, undefined]))
  const argv = [
    'docker',
    'compose',
    '--project-name',
    'probe',
    '--env-file',
    path,
    '-f',
    '-',
    'config',
    '--format',
    'json',
  ] as const
  const { stdout } = await exec(argv, { input: probeFile(Object.keys(ours)), quiet: true, env: unset })
  const difference = firstDifference(ours, stdout)
  if (difference === undefined) return ours
  const { name, ours: mine, compose } = difference
  throw new Failure(
    `${name} in ${path} reads as ${JSON.stringify(mine)} to dotenv and as ${JSON.stringify(compose)} to Compose`,
    {
      next: `write ${name} without quotes, $, # and blanks around its value`,
    },
  )
}
