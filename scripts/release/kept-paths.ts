import { dirname } from 'node:path/posix'
import { digest } from '../cli/digest.ts'
import type { ComposeModel, ComposeService, Mount } from '../docker/compose-model.ts'
import { DEFINITION_LABEL } from '../docker/labels.ts'
import type { Release, Route } from './model.ts'
import type { DataVolume } from './volumes.ts'

/**
 * A path of a service with data, which a volume keeps though the Compose file mounts none there: a folder, or a single file that
 * lies beside code. A file's place in the image becomes a link into the volume.
 */
export type KeptPath = { readonly path: string; readonly key: string; readonly isFile: boolean }
/** Such paths by service. */
export type KeptPaths = Readonly<Record<string, readonly KeptPath[]>>

/** Where a service mounts the volume with its single files: each lies there as it would in the image. */
export const FILES = '/var/lib/dartagnan/files'

/** The paths that a release keeps so. */
export const keptOf = ({ services }: ComposeModel): KeptPaths =>
  Object.fromEntries(Object.entries(services).flatMap(([name, { 'x-kept': kept }]) => (kept ? [[name, kept]] : [])))

/** A path of a service as a kept one: the volume of a folder is called after both, that of all files after the service. */
export const keptPath = (service: string, path: string, isFile: boolean): KeptPath => ({
  ...{ path, isFile },
  key: `${service}-${isFile ? 'files' : path.slice(1).replace(/[^\w.-]+/g, '-')}`,
})

/**
 * Adds volumes for `x-files`, the single files beside code that a Compose file says are data. Services that mount one volume at FILES
 * have the same files.
 */
export function mountFiles(compose: ComposeModel): ComposeModel {
  const named = Object.entries(compose.services).flatMap(([name, { 'x-files': files = [], volumes = [] }]) => {
    const own = volumes.find(({ target }) => target === FILES)?.source
    const kept = files.map((path) => ({ ...keptPath(name, path, true), ...(own ? { key: own } : {}) }))
    return files.length > 0 ? [[name, kept] as const] : []
  })
  const { services, keys } = mountPaths(compose, Object.fromEntries(named))
  const volumes = Object.fromEntries(keys.map((key) => [key, null]))
  return keys.length === 0 ? compose : { ...compose, services, volumes: { ...volumes, ...compose.volumes } }
}

/** Puts a release over volumes for these paths, but for those where it mounts something itself by now. */
export function withKept(release: Release, kept: KeptPaths): Release {
  const { services, keys, changed } = mountPaths(release.compose, kept)
  if (changed.length === 0) return release
  const project = release.compose.name
  const added = keys
    .filter((key) => !release.volumes.some((volume) => volume.key === key))
    .map((key): DataVolume => {
      const writers = changed.filter((name) => (services[name]?.volumes ?? []).some(({ source }) => source === key))
      const common = { key, name: `${project}_${key}`, driver: 'local', options: {}, hook: undefined }
      return { ...common, writers, kept: writers.some((name) => services[name]?.['x-snapshot'] !== false) }
    })
  // Two versions must not write to one file, where nobody has said that they may.
  const alone = (route: Route): Route =>
    changed.includes(route.service) && !services[route.service]?.['x-rollout']
      ? { ...route, rollout: 'exclusive' }
      : route
  const volumes = Object.fromEntries(added.map(({ key, name }) => [key, { name, external: true }]))
  return {
    ...release,
    routes: release.routes.map(alone),
    volumes: [...release.volumes, ...added],
    compose: { ...release.compose, services, volumes: { ...release.compose.volumes, ...volumes } },
  }
}

// The services with mounts for these paths, the keys of the volumes, and the names of the services that have changed.
function mountPaths({ services }: ComposeModel, kept: KeptPaths) {
  const found = Object.entries(services).map(([name, definition]) => {
    const wanted = (kept[name] ?? []).filter((one) => !isCovered(one, definition))
    return { name, definition, wanted }
  })
  const changed = found.filter(({ wanted }) => wanted.length > 0)
  return {
    services: {
      ...services,
      ...Object.fromEntries(changed.map(({ name, definition, wanted }) => [name, mounting(definition, wanted)])),
    },
    keys: [...new Set(changed.flatMap(({ wanted }) => wanted.map(({ key }) => key)))],
    changed: changed.map(({ name }) => name),
  }
}

function mounting(definition: ComposeService, wanted: readonly KeptPath[]): ComposeService {
  const all = [...(definition['x-kept'] ?? []), ...wanted]
  const mounts = wanted.map(
    ({ path, key, isFile }): Mount => ({ type: 'volume', source: key, target: isFile ? FILES : path }),
  )
  const before = definition.volumes ?? []
  const added = mounts.filter(
    ({ target }, index) => ![...before, ...mounts.slice(0, index)].some((mount) => mount.target === target),
  )
  // The same paths make the same label, however they came together.
  const [definedAs = '', over] = (definition.labels?.[DEFINITION_LABEL] ?? '').split('-')
  const [own = ''] = definedAs.split('.')
  const label = [`${own}.${digest(all)}`, ...(over === undefined ? [] : [over])].join('-')
  return {
    ...definition,
    'x-kept': all,
    volumes: [...before, ...added],
    ...(own === '' ? {} : { labels: { ...definition.labels, [DEFINITION_LABEL]: label } }),
  }
}

// Whether a service mounts something there, above or below, or keeps the path already.
function isCovered(
  { path, isFile }: KeptPath,
  { volumes = [], tmpfs = [], 'x-kept': kept = [] }: ComposeService,
): boolean {
  if (kept.some((one) => one.path === path)) return true
  const targets = [...volumes.map(({ target }) => target), ...tmpfs.map((text) => text.split(':')[0] ?? '')]
  const isAbove = (upper: string, lower: string) => `${lower}/`.startsWith(`${upper.replace(/\/$/, '')}/`)
  return targets.some((target) => isAbove(target, path) || (!isFile && isAbove(path, target)))
}

/** The folders above a path, the outermost first. */
export const foldersAbove = (path: string): string[] =>
  (path === '/' ? [] : [...foldersAbove(dirname(path)), dirname(path)]).filter((folder) => folder !== '/')
