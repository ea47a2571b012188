import { writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import * as v from 'valibot'
import { isPlainFile, readPlainFile } from '../../cli/io/plain-file.ts'
import { OWN_SETTINGS, type Variables } from '../../config/settings.ts'
import { changedOrigins, lineOf } from '../../image/proposed.ts'
import { parseFilled, theirsOf, withoutUnchanged } from '../env-lines.ts'
import type { Adoption } from '../plan.ts'
import type { Service } from '../source-tree.ts'

// What the application reads of a file of variables. Compose reads all of .env, and init has lines of its own there.

const textOf = (path: string) => (isPlainFile(path) ? readPlainFile(path) : undefined)

/** The application's variables in a file; none where there is no such file. */
export function theirVariables(path: string): Variables {
  const text = textOf(path) ?? ''
  return basename(path) === '.env' ? theirsOf(text, textOf(join(dirname(path), OWN_SETTINGS))) : parseFilled(text)
}

// What a file says of the application, variables in any order; nothing where there is no such file yet.
const sayingOf = (path: string) =>
  /env/.test(basename(path))
    ? Object.entries(theirVariables(path)).map(String).toSorted().join('\n')
    : (textOf(path) ?? '')

/** The lines for .env that say from which files its values are, as these are now. */
export const originsOf = ({ paths, command }: Adoption['copied'], root = '.'): string[] =>
  paths.map((path) => lineOf({ path, text: sayingOf(join(root, path)), command }))
/**
 * Those of them that have changed since, by the lines of .env: a release still has their former values. Where one is not there, this
 * host has the values alone.
 */
export const changedSince = (root = '.') =>
  changedOrigins(textOf(join(root, '.env')) ?? '', (path) => sayingOf(join(root, path))).filter(({ path }) =>
    isPlainFile(join(root, path)),
  )

/**
 * The arguments by which Compose fills in variables without what init wrote to the .env of a folder: a value from before must not stand
 * for one that is missing now. They need a file in `scratch`.
 */
export function envFileArgs(folder: string, scratch: string): string[] {
  const text = textOf(join(folder, '.env')) ?? ''
  const [rest, path] = [withoutUnchanged(text), join(scratch, '.env')]
  if (rest === text) return []
  writeFileSync(path, rest, { mode: 0o600 })
  return ['--env-file', path]
}

// Without interpolation, Compose puts the files in order, and reads none of them.
const RAW = v.looseObject({
  environment: v.optional(v.union([v.array(v.string()), v.record(v.string(), v.unknown())])),
  env_file: v.array(v.looseObject({ path: v.string() })),
})
/** The files of `env_file` of a service before Compose has resolved it. */
export const envFilesOf = (raw: unknown): string[] => (v.is(RAW, raw) ? raw.env_file.map(({ path }) => path) : [])

/** A service as Compose resolves it, without what only lines of init gave it by `env_file`; `raw` is the service before that. */
export function withoutOwn(spec: Service, raw: unknown): Service {
  if (!v.is(RAW, raw) || !spec.environment) return spec
  const { environment = {}, env_file: files } = raw
  const stated = Array.isArray(environment) ? environment.map((one) => one.split('=')[0]) : Object.keys(environment)
  const joined = (read: (path: string) => Variables): Variables =>
    Object.assign({}, ...files.map(({ path }) => read(path)))
  const [all, theirs] = [joined((path) => parseFilled(textOf(path) ?? '')), joined(theirVariables)]
  const rest = Object.entries(spec.environment).flatMap(([name, value]) => {
    if (stated.includes(name) || all[name] === theirs[name]) return [[name, value]]
    return theirs[name] === undefined ? [] : [[name, theirs[name].replaceAll('$', '$$$$')]]
  })
  return { ...spec, environment: Object.fromEntries(rest) }
}
