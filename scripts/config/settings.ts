import * as v from 'valibot'
import { didYouMean } from '../cli/closest.ts'
import { Failure } from '../cli/failure.ts'
import { gateSettings } from './gate-settings.ts'
import { HEALTH } from './health-path.ts'
import { plainName } from './plain-name.ts'
import { swarmSettings } from './swarm-settings.ts'
import { insidePath, MOST_HOLD, optionalPath, port, seconds, text, USUAL_HOLD, whole } from './values.ts'

// Every setting is public; secrets are files (docs/decisions). `.env.example` documents each key, and a test compares
// the two.

/** The application that comes with the checkout, and the Compose file for any other application. */
export const SAMPLE = 'sample-app'
export const ANY_COMPOSE = 'compose/any.yaml'
export const DEFAULT_PROJECT = 'journal'
/** Where the proxy is published. */
export const DEFAULT_PORT = 8080

const schema = {
  PROJECT: v.optional(
    text(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'lower-case letters, digits, - and _, such as journal'),
    DEFAULT_PROJECT,
  ),
  APP_DIR: v.optional(insidePath, SAMPLE),
  APP_COMPOSE: v.optional(
    text(
      /^(?!\/)(?![^\n]*(?:^|[/:])\.\.(?:[/:]|$))(?![^\n]*:(?:[/:]|$))[^\0\n:][^\0\n]*$/,
      'paths inside the checkout, with colons between, such as compose/app.yaml',
    ),
    'compose/app.yaml',
  ),
  APP_PORT: v.optional(port, '8000'),
  APP_VARIABLES: v.optional(text(/^[A-Z0-9_,]*$/, 'names with commas between, such as APP_PORT,PORT'), ''),
  HEALTH_PATH: v.optional(text(new RegExp(`^${HEALTH}$`), 'a URL path, such as /healthz, or * or tcp'), '/healthz'),
  IMAGE_REPOSITORY: v.optional(
    text(
      /^(?=.{1,200}$)(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?\/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/,
      'an image name without a tag, such as journal or registry.example.com/team/journal',
    ),
    DEFAULT_PROJECT,
  ),
  BIND: v.optional(text(/^(?:\d{1,3}\.){3}\d{1,3}$/, 'an IPv4 address, such as 127.0.0.1 or 0.0.0.0'), '127.0.0.1'),
  PORT: v.optional(port, String(DEFAULT_PORT)),
  ...{ DEV_PORT: v.optional(port, '8081'), UI_PORT: v.optional(port, '8082') },
  MAX_BODY: v.optional(text(/^[1-9]\d{0,5}[kmg]$/, 'a size, such as 500k, 100m or 2g'), '100m'),
  MAX_CONNECTIONS: v.optional(whole(1, 4000), '1000'),
  MAX_RATE: v.optional(whole(1, 1_000_000), '20000'),
  ...{ ERROR_PAGES: v.optional(optionalPath, ''), MAINTENANCE_PAGE: v.optional(optionalPath, '') },
  REPLICAS: v.optional(whole(1, 30), '1'),
  READY_TIMEOUT: v.optional(seconds, '90'),
  DRAIN_TIMEOUT: v.optional(seconds, '20'),
  HOLD_TIMEOUT: v.optional(whole(2, MOST_HOLD), String(USUAL_HOLD)),
  BAKE_TIME: v.optional(whole(0, 3600), '5'),
  ...{ KEEP: v.optional(whole(1, 1000), '5'), WAIT: v.optional(whole(0, 3600), '0') },
  BACKUP_REPOSITORY: v.optional(
    text(
      /^(?:|\/[^\0\n:]+|sftp:[^\0\n\s]+|s3:[^\0\n\s]+)$/,
      'a folder (/srv/backup), sftp:user@host:/path, or s3:https://host/bucket; empty for the snapshot volume of this engine',
    ),
    '',
  ),
  BACKUP_PASSWORD_FILE: v.optional(optionalPath, ''),
  BACKUP_CREDENTIALS_FILE: v.optional(optionalPath, ''),
  BACKUP_KNOWN_HOSTS_FILE: v.optional(optionalPath, ''),
  HOOK_TIMEOUT: v.optional(whole(1, 86_400), '3600'),
  DEPLOY_SNAPSHOT: v.optional(whole(0, 1), '1'),
  KEEP_SNAPSHOTS: v.optional(
    text(
      /^(?:last|hourly|daily|weekly|monthly|yearly)=[1-9]\d{0,3}(?:,(?:last|hourly|daily|weekly|monthly|yearly)=[1-9]\d{0,3})*$/,
      'how many of each to keep, such as last=10,daily=7,weekly=5,monthly=12',
    ),
    'last=10,daily=7,weekly=5,monthly=12',
  ),
  ON_FAILURE: v.optional(v.picklist(['keep-data', 'restore-data'], 'expects keep-data or restore-data'), 'keep-data'),
  ENV: v.optional(text(/^[a-z][a-z0-9-]{0,30}$/, 'a name, such as production'), 'development'),
  REHEARSE: v.optional(text(/^[01]?$/, '1 or 0; empty for 1 where ENV=production'), ''),
  PROMOTE_FROM: v.optional(text(/^(?:[a-z][a-z0-9-]{0,30})?$/, 'the name of an environment, such as staging'), ''),
  ENGINE: v.optional(
    text(
      /^(?:|ssh:\/\/(?:[\w.-]+@)?[\w][\w.-]*(?::\d{1,5})?|[A-Za-z0-9][\w.-]*)$/,
      'ssh://user@host, or the name of a Docker context; empty for the engine of this host',
    ),
    '',
  ),
  REGISTRY_USER: v.optional(text(/^[^\0\n:]*$/, 'a user name'), ''),
  ...{ REGISTRY_PASSWORD_FILE: v.optional(optionalPath, ''), REGISTRY_CA_FILE: v.optional(optionalPath, '') },
  ...{ SIGNING_KEY_FILE: v.optional(optionalPath, ''), SIGNING_PASSWORD_FILE: v.optional(optionalPath, '') },
  VERIFY_KEY_FILE: v.optional(optionalPath, ''),
  VULNERABILITIES: v.optional(
    text(/^(?:https?:\/\/\S+|(?!\/)[^\0\n:]*)$/, "a folder of the checkout or a URL with OSV's files; empty for none"),
    '',
  ),
  VULNERABILITY_GATE: v.optional(
    v.picklist(['critical', 'high', 'medium', 'low', 'off'], 'expects critical, high, medium, low or off'),
    'high',
  ),
  VULNERABILITY_IGNORE_FILE: v.optional(optionalPath, ''),
  ...{ ...gateSettings, ...swarmSettings },
}
const settingsSchema = v.object(schema)

export type Settings = v.InferOutput<typeof settingsSchema>
export type Variables = Readonly<Record<string, string>>

/** The names of all settings, in the order of the schema. */
export const settingNames = Object.keys(schema) as (keyof Settings)[]

/** The variables of the toolkit's Compose files for any application: no settings, and none of that application's either. */
export const composeNames: readonly string[] = ['APP_MEMORY', 'APP_DATABASE_MEMORY', 'APP_INTERNAL']

/** Whether a key is the user's own: the application's Compose file may interpolate it. */
export const isAppVariable = (name: string): boolean => /^APP_[A-Z0-9_]+$/.test(name) && !(name in schema)

/** The defaults of a project in a folder of its own, which names it. */
export const defaultsFor = (folder: string): Variables => ({ PROJECT: plainName(folder) || 'app', APP_DIR: '.' })

/** The values that are settings, or the application's own for its Compose file; `theirs` are settings in name only. */
export const knownOf = (values: Variables, theirs: readonly string[]): Variables =>
  Object.fromEntries(
    Object.entries(values).filter(([name]) => {
      const isOurs = name in schema || composeNames.includes(name)
      return isOurs ? !theirs.includes(name) : isAppVariable(name)
    }),
  )

/** The settings of a project that has a repository of its own: git keeps them, and .env wins over them. */
export const OWN_SETTINGS = 'dartagnan.env'

/** A set of values, and the name that a person gives their source: `.env`, or the environment. */
export type Source = { readonly name: string; readonly values: Variables }
export const DEFAULT_ENV = 'development'

/**
 * The settings from env files, over `defaults`, overridden by `environment`; the first file wins over the next. An empty value means
 * unset. Throws a Failure that quotes the first bad value.
 */
export function parseSettings(
  files: readonly Source[],
  environment: Variables,
  defaults: Variables = { PROJECT: DEFAULT_PROJECT },
): Settings {
  for (const { name: file, values } of files) {
    const unknown = Object.keys(values).find((name) => !(name in schema) && !isAppVariable(name))
    if (unknown !== undefined)
      throw new Failure(`${file} has the unknown key ${JSON.stringify(unknown)}${didYouMean(unknown, settingNames)}`, {
        next: `correct ${file}, then run the command again   (.env.example has all keys; APP_… is your application's)`,
      })
  }
  const sources = [
    { name: 'the environment', values: environment },
    ...files,
    repositoryOf(files, environment, defaults),
    { name: 'the defaults', values: defaults },
  ]
  const originOf = (name: string) => sources.find(({ values }) => values[name])
  const given = settingNames.flatMap((name) => {
    const value = originOf(name)?.values[name]
    return value ? [[name, value] as const] : []
  })
  const result = v.safeParse(settingsSchema, Object.fromEntries(given))
  if (result.success) {
    const { APP_COMPOSE, APP_DIR } = result.output
    // compose/app.yaml describes the sample alone.
    const compose = originOf('APP_COMPOSE') || APP_DIR === SAMPLE ? APP_COMPOSE : ANY_COMPOSE
    return { ...result.output, APP_COMPOSE: compose, PROJECT: projectOf(result.output, files, environment) }
  }
  const [issue] = result.issues
  const name = String(issue.path?.[0]?.key)
  throw new Failure(`${name}=${JSON.stringify(issue.input)} in ${originOf(name)?.name}: ${issue.message}`, {
    next: `set ${name} as .env.example shows, then run the command again`,
  })
}

/** The env files of an environment; the first one wins. */
export const envFilesOf = (env: string): string[] => (env === DEFAULT_ENV ? ['.env'] : [`.env.${env}`, '.env'])

// Images are named after the project. Its environments share them, so that one can be promoted: the PROJECT that an
// environment's own file sets names none.
function repositoryOf(files: readonly Source[], environment: Variables, defaults: Variables): Source {
  // The file of an environment, if there is one, comes first.
  const shared = files.filter(({ name }) => !name.startsWith('.env.')).flatMap(({ values }) => values['PROJECT'] || [])
  const name = environment['PROJECT'] || shared[0] || defaults['PROJECT']
  return { name: 'PROJECT, which names the images', values: { IMAGE_REPOSITORY: name ?? DEFAULT_PROJECT } }
}

// Two environments on one engine must never share a project by accident: a PROJECT from .env gets the environment's
// name at its end.
function projectOf({ PROJECT, ENV }: Settings, files: readonly Source[], environment: Variables): string {
  const own = files.find(({ name }) => name === `.env.${ENV}`)
  return ENV === DEFAULT_ENV || environment['PROJECT'] || own?.values['PROJECT'] ? PROJECT : `${PROJECT}-${ENV}`
}

/** The application's own variables (APP_…), for its compose file. */
export function appVariables(files: readonly Source[], environment: Variables): Variables {
  const sources = [...files.map(({ values }) => values).toReversed(), environment]
  const given = sources.flatMap((values) => Object.entries(values).filter(([, value]) => value))
  return Object.fromEntries(given.filter(([name]) => isAppVariable(name)))
}
