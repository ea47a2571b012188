import { existsSync, readdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename } from 'node:path'
import { parse } from 'dotenv'
import { Failure } from '../../cli/failure.ts'
import { variable, variables } from '../../cli/io/environment.ts'
import { lastWord, tryExec } from '../../cli/io/exec.ts'
import { isAtHome } from '../../cli/io/places.ts'
import { readPlainFile } from '../../cli/io/plain-file.ts'
import { type CiServer, detectServer } from '../ci-server.ts'
import { firstDifference, isPlainEnvFile, probeFile, withFilledIn } from '../env-file.ts'
import { isSet, type Options, parseOptions, travelling } from '../options.ts'
import {
  appVariables,
  DEFAULT_ENV,
  defaultsFor,
  envFilesOf,
  knownOf,
  OWN_SETTINGS,
  parseSettings,
  type Settings,
  type Source,
  settingNames,
  type Variables,
} from '../settings.ts'
import { refuseEnvFolder } from './env-folder.ts'

const DEFAULTS = isAtHome() ? undefined : defaultsFor(basename(process.cwd()))

/**
 * Everything that one call gets: its settings, the application's own variables, and the options for this call alone.
 */
export type Config = Settings & {
  readonly app: Variables
  readonly options: Options
  readonly caller: string
  /** The author of commits, as git's own variables; unset where git's config decides. */
  readonly author: Readonly<Record<string, string | undefined>>
  readonly server: CiServer
}
/**
 * Reads the env files, then the environment of this process: the only place that does. Throws a Failure that quotes
 * what is wrong.
 */
export async function readConfig(): Promise<Config> {
  const environment = variables()
  const files = await readEnvFiles(environment)
  const text = (name: string) => environment[name] || undefined
  return {
    ...parseSettings(files, environment, DEFAULTS),
    app: appVariables(files, environment),
    caller: text('DARTAGNAN_CALLER') ?? text('USER') ?? 'unknown',
    author: {
      GIT_AUTHOR_NAME: text('GIT_AUTHOR_NAME'),
      GIT_AUTHOR_EMAIL: text('GIT_AUTHOR_EMAIL'),
      GIT_COMMITTER_NAME: text('GIT_COMMITTER_NAME') ?? text('GIT_AUTHOR_NAME'),
      GIT_COMMITTER_EMAIL: text('GIT_COMMITTER_EMAIL') ?? text('GIT_AUTHOR_EMAIL'),
    },
    server: detectServer(environment),
    options: parseOptions(environment),
  }
}

/** The settings of another environment, from its files alone: the variables of this call are not meant for it. */
export async function readSettingsOf(env: string): Promise<Settings> {
  return parseSettings(await readEnvFiles({ ENV: env }), { ENV: env }, DEFAULTS)
}

/** Whether the caller asked for JSON; works even where the config cannot be read. */
export const wantsJson = (): boolean => isSet(variable('JSON'))

/** The variables that pass the settings and options of this run on to a run on another engine. */
export function remoteEnvironment(config: Config): Record<string, string> {
  const settings = settingNames.map((name) => [name, String(config[name])] as const)
  const options = travelling.map((name) => [name, variable(name) ?? ''] as const)
  const own = { ENGINE: '', DARTAGNAN_CALLER: `${config.caller}@${hostname()}`, DARTAGNAN_REMOTE: '1' }
  return Object.fromEntries([...Object.entries(config.app), ...options, ...settings, ...Object.entries(own)])
}

// ENV comes from the caller, or else from .env. The file of that environment wins over .env.
async function readEnvFiles(environment: Variables): Promise<Source[]> {
  // The calling host has read its env files, and passes their values on.
  if (environment['DARTAGNAN_REMOTE']) return []
  await refuseEnvFolder()
  const read = async (name: string, theirs?: readonly string[]) => {
    const text = readPlainFile(name)
    return { name, values: text === undefined ? {} : await readEnvFile(name, text, theirs) }
  }
  const committed = isAtHome() ? [] : [await read(OWN_SETTINGS)]
  // The .env of a project may be the application's, too. Until `init` has written settings, all of it is.
  const theirs = isAtHome()
    ? undefined
    : existsSync(OWN_SETTINGS)
      ? (committed[0]?.values['APP_VARIABLES'] ?? '').split(',')
      : settingNames
  const shared = await read('.env', theirs)
  const env = shared.values['ENV'] || committed[0]?.values['ENV'] || ''
  const { ENV } = parseSettings([{ ...shared, values: { ENV: env } }], { ENV: environment['ENV'] ?? '' })
  if (ENV === DEFAULT_ENV) return [shared, ...committed]
  const [own = ''] = envFilesOf(ENV)
  if (!existsSync(own)) {
    const known = readdirSync('.').flatMap((name) => /^\.env\.(?!example$)(.+)$/.exec(name)?.[1] ?? [])
    throw new Failure(
      `ENV=${JSON.stringify(ENV)} has no settings here; known environments are ${[DEFAULT_ENV, ...known.sort()].join(', ')}`,
      { next: `write ${own} with what differs from .env (an empty file will do), then run the command again` },
    )
  }
  return [await read(own, theirs), shared, ...committed]
}

async function readEnvFile(path: string, text: string, theirs?: readonly string[]): Promise<Variables> {
  const all = parse(text)
  const ours = theirs ? knownOf(all, theirs) : all
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
  const probed = await tryExec(argv, { input: probeFile(Object.keys(ours)), quiet: true, timeout: 60, env: unset })
  if (probed.exitCode !== 0)
    throw new Failure(`${path} cannot be read: ${lastWord(probed.stderr).replace(/^failed to read [^:]*: /, '')}`, {
      next: `correct that line of ${path}, then run the command again`,
    })
  // In an .env that is the application's, too, such a reference is meant.
  const known = theirs ? withFilledIn(ours, probed.stdout) : ours
  const difference = firstDifference(known, probed.stdout)
  if (difference === undefined) return known
  const { name, ours: mine, compose } = difference
  throw new Failure(
    `${name} in ${path} reads as ${JSON.stringify(mine)} to dotenv and as ${JSON.stringify(compose)} to Compose`,
    {
      next: `write ${name} without quotes, $, # and blanks around its value`,
    },
  )
}
