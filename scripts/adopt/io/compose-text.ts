import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import * as v from 'valibot'
import { isPlainFile, readPlainFile } from '../../cli/io/plain-file.ts'
import { parseYaml } from '../../cli/yaml.ts'
import { key } from '../../docker/compose-schema.ts'
import { parseDockerfile } from '../../image/dockerfile.ts'
import { COMPOSE, DEVELOPMENT, PRODUCTION, TELLING, togetherIn } from '../compose-files.ts'
import { isOtherServer } from '../server.ts'
import { isWithin, type Project, type Service } from '../source-tree.ts'
import { isTool, webPort } from '../web.ts'

// What Compose files say before Compose has resolved them.

/** Whether a file says something; what is not called after Compose has to have services. */
export const isComposed = (file: string): boolean =>
  (/compose/i.test(basename(file)) ? /^\s*[^\s#]/m : /^services\s*:/m).test(readPlainFile(file) ?? '')

/** A text of Compose with the folder in which it runs in the place of `$PWD`: a release knows nothing of that. */
export const withFolder = (text: string, folder: string): string =>
  text.replace(/(?<!\$)\$(PWD\b|\{PWD(:?-[^}]*)?\})/g, () => folder)

const SERVICES = v.looseObject({ services: v.record(key, v.looseObject({})) })
/** The services of a text, and of a file, as they stand there; none where it cannot be read. */
export function servicesIn(text: string): NonNullable<Project['raw']> {
  try {
    const read = parseYaml(text, '')
    return v.is(SERVICES, read) ? read.services : {}
  } catch {
    return {}
  }
}
export const servicesOf = (file: string) => servicesIn(readPlainFile(file) ?? '')
// Whether one of them is built.
const buildsIn = (file: string) => Object.values(servicesOf(file)).some((spec) => spec['build'])

/**
 * The first of some files, or one for production further up that builds an image and is whole. Where Compose reads none by itself, the one that
 * builds something says more than those with what that needs.
 */
export function likeliest([first, ...others]: readonly string[]): string | undefined {
  if (first === undefined) return undefined
  const folderOf = (one: string) => dirname(resolve(one))
  const isAbove = (one: string) => folderOf(one) !== folderOf(first) && isWithin(folderOf(first), folderOf(one))
  const isWhole = (one: string) => PRODUCTION.test(basename(one)) && buildsIn(one) && !isPartial(one)
  // Of a file that builds nothing, the application may be further up.
  const isMore = (one: string) => !buildsIn(first) && buildsIn(one) && !isPartial(one)
  const above = [isWhole, isMore].flatMap((is) => others.filter((one) => isAbove(one) && is(one)))[0]
  if (above ?? (COMPOSE.includes(basename(first)) || buildsIn(first))) return above ?? first
  const [building, ...more] = others.filter(
    (one) => dirname(one) === dirname(first) && !DEVELOPMENT.test(basename(one)) && buildsIn(one),
  )
  return more.length > 0 ? first : (building ?? first)
}

/** Whether a file only adds to another one: Compose refuses a service that has neither of these. */
export const isPartial = (file: string): boolean =>
  Object.values(servicesOf(file)).some((spec) => !WHOLE.some((one) => one in spec))
const WHOLE = ['image', 'build', 'extends', '<<']

/** Whether all that services reach are servers of data, or ready images that a file for production has as well, beside what that alone builds. */
export const hasNeeds = (services: Project['services'], own: NonNullable<Project['raw']>): boolean =>
  Object.values(own).some((spec) => 'build' in spec) &&
  Object.entries(services).every(
    ([name, spec]) =>
      !spec.build &&
      (webPort(spec) === undefined ||
        isTool(name, spec) ||
        isOtherServer(spec.image ?? '') ||
        'image' in (own[name] ?? {})),
  )

/** Whether the Dockerfile of a build lacks the stage that it asks for, or has no stage; what is not on this host, nobody knows. */
export function lacksStage({ build }: Service): boolean {
  const path = build && resolve(build.context, build.dockerfile ?? 'Dockerfile')
  const text = build?.dockerfile_inline ?? (path && readPlainFile(path))
  return text !== undefined && parseDockerfile(text, {}, build?.target).target === undefined
}

/** Whether services call a host of that name: a user, a volume or an image may be called so as well. */
export function isCalledIn(services: readonly unknown[], name: string): boolean {
  const said = JSON.stringify(services, (key, value) => (key === 'image' ? undefined : value))
  const host = name.replaceAll(/\W/g, '\\$&')
  return new RegExp(`(@|//|HOST(NAME)?"?[:=]"?)${host}(?![\\w.-])|["=,]${host}:\\d`).test(said)
}

/** The services that have profiles and are not among the `started`, by their names: Compose has another order each time. */
export function profiledIn(all: readonly Readonly<Record<string, unknown>>[], started: object) {
  const left = all.flatMap((services) => Object.entries(services)).filter(([name]) => !(name in started))
  const profiled = left.map(([name, spec]) => [name, v.is(PROFILED, spec) ? spec.profiles : []] as const)
  return Object.fromEntries(profiled.toSorted(([one], [other]) => one.localeCompare(other)))
}
const PROFILED = v.looseObject({ profiles: v.array(v.string()) })

const path = v.union([v.string(), v.looseObject({ path: v.string() })])
const ENV_FILES = v.looseObject({ env_file: v.union([v.string(), v.array(path)]) })

/**
 * The files of `env_file` that do not exist: Compose names one at a time. What it reads in other ways, such as includes, is left to it.
 */
export function absentFiles(file: string): string[] {
  const all = Object.values(servicesOf(file)).flatMap((spec) => (v.is(ENV_FILES, spec) ? spec.env_file : []))
  const names = all.map((one) => (typeof one === 'string' ? one : one.path)).filter((name) => !name.includes('$'))
  return [...new Set(names.map((name) => resolve(dirname(file), name)))].filter((one) => !existsSync(one))
}

/** The files for production, or `any`, that the project's own words run together with the one that Compose would read alone. */
export function findTold(dir: string, files: readonly string[], file: string, any = false) {
  for (const where of files.filter((one) => TELLING.test(one) && one.split('/').length < 4)) {
    const path = join(dir, where)
    const lists = togetherIn((isPlainFile(path) && readPlainFile(path)) || '', any)
    for (const folder of new Set([dirname(path), dir, dirname(file)])) {
      const found = lists
        .map((list) => list.map((one) => join(folder, one)))
        .find((list) => list[0] === file && list.every((one) => existsSync(one)))
      if (found) return { files: [...new Set(found)], where: path }
    }
  }
  return undefined
}
