import { existsSync, readFileSync } from 'node:fs'
import { parse } from 'dotenv'
import { firstDifference, isPlainEnvFile, probeFile } from '../core/env-file.ts'
import { Failure } from '../core/failure.ts'
import { appVariables, parseSettings, type Settings, type Variables } from '../core/settings.ts'
import { exec } from './exec.ts'

/** The settings of this call, the application's own variables, and the options that hold for one call only. */
export type Config = Settings & { readonly app: Variables; readonly options: Options; readonly caller: string }
export type Options = {
  readonly ref: string | undefined
  readonly version: string | undefined
  readonly plan: string | undefined
  /** For tests: the step before or after which the process dies, such as 3:before. */
  readonly fault: string | undefined
  readonly service: string | undefined
  readonly suite: string | undefined
  /** A snapshot's id, or the beginning of one. */
  readonly snapshot: string | undefined
  /** What a rollback does with the data: `restore`, or nothing. */
  readonly data: string | undefined
  readonly confirm: string | undefined
  readonly follow: boolean
  readonly force: boolean
  readonly noCache: boolean
  readonly json: boolean
}

/** Reads .env, then the environment: the only place that does. Throws a Failure that quotes what is wrong. */
export async function readConfig(): Promise<Config> {
  const file = existsSync('.env') ? await readEnvFile('.env') : {}
  const environment = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? '']))
  const text = (name: string) => environment[name] || undefined
  const flag = (name: string) => isSet(environment[name])
  return {
    ...parseSettings(file, environment),
    app: appVariables(file, environment),
    caller: text('DARTAGNAN_CALLER') ?? text('USER') ?? 'unknown',
    options: {
      ref: text('REF'),
      version: text('VERSION'),
      plan: text('PLAN'),
      fault: text('DARTAGNAN_CHECK') && text('FAULT_AT'),
      service: text('SERVICE'),
      suite: text('SUITE'),
      snapshot: text('SNAPSHOT'),
      data: text('DATA'),
      confirm: text('CONFIRM'),
      follow: flag('FOLLOW'),
      force: flag('FORCE'),
      noCache: flag('NO_CACHE'),
      json: flag('JSON'),
    },
  }
}

/** Whether the result is asked for as JSON: known even where no config can be read. */
export const wantsJson = (): boolean => isSet(process.env['JSON'])

// FORCE=0 means what it says.
const isSet = (value: string | undefined): boolean => value !== undefined && value !== '' && value !== '0'

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
