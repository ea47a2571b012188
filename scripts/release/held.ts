import { posix } from 'node:path'
import { Failure } from '../cli/failure.ts'
import type { ComposeService } from '../docker/compose-model.ts'
import { isScratch, isWithin, volumePaths } from '../docker/paths.ts'
import { type Command, type DatabaseServer, dataFolders, isOther, nameOf, recognizeServer } from './snapshot-presets.ts'

/** What the engine says of an image. */
export type ImageConfig = {
  readonly Entrypoint?: Command
  readonly Cmd?: Command
  readonly Env?: readonly string[] | null
  readonly Volumes?: Readonly<Record<string, unknown>> | null
  readonly ExposedPorts?: Readonly<Record<string, unknown>> | null
}

/** The database server that a service runs, by its definition and its image. */
export const serverOf = (
  { image, entrypoint, command }: ComposeService,
  config: ImageConfig = {},
): DatabaseServer | undefined =>
  recognizeServer({
    ...{ image, entrypoint: entrypoint ?? config.Entrypoint, cmd: command ?? config.Cmd, env: config.Env },
    ...{ volumes: declaredBy(config), exposedPorts: Object.keys(config.ExposedPorts ?? {}) },
  })

// A client runs in such an image, too; Redis without a hook may be a cache, and false says that nobody minds.
function keeperOf(definition: ComposeService, config: ImageConfig): DatabaseServer | undefined {
  const { entrypoint, command, 'x-snapshot': hook } = definition
  const server = serverOf(definition, config)
  const isCache = (server === 'redis' || server === 'valkey') && !hook
  return isCache || hook === false || isOther([...(entrypoint ?? []), ...(command ?? [])]) ? undefined : server
}

/**
 * Throws a Failure for a database server whose data go with its container, because no mount holds their folder. `then` is
 * what to do after the Compose file is right.
 */
export function requireHeld(service: string, definition: ComposeService, config: ImageConfig = {}, then = ''): void {
  const server = keeperOf(definition, config)
  if (server === undefined) return
  const declared = declaredBy(config)
  const [lost] = dataFolders(server, definition, { env: config.Env, volumes: declared }).flatMap(
    (folder) => lostAt(mountedAt(definition), declared, folder) ?? [],
  )
  if (lost !== undefined)
    throw new Failure(
      `service "${service}" is ${nameOf(server)} and keeps its data in ${lost}, which no volume of the Compose file holds: they would go with its container`,
      { next: `${sayMount(service, definition, lost)}${then}` },
    )
}

/** The paths where the image of a service that is no such server has a VOLUME, and where nothing is mounted. */
export function unheldPaths(definition: ComposeService, config: ImageConfig = {}): string[] {
  if (definition.restart === 'no' || keeperOf(definition, config)) return []
  const mounted = mountedAt(definition)
  return declaredBy(config).filter((path) => !mounted.includes(path) && !isScratch(path))
}

/** The line of a Compose file that holds a path in a volume: in place of a mount further up or down, if there is one. */
export function sayMount(service: string, { volumes = [] }: ComposeService, path: string): string {
  const near = volumes.find(
    ({ type, source, target }) => type === 'volume' && source && (isWithin(path, target) || isWithin(target, path)),
  )
  const key = near?.source ?? `${service}-${posix.basename(path)}`
  const where = `service "${service}" of the file that APP_COMPOSE names`
  return near
    ? `in ${where}, ${key}:${path} takes the place of ${key}:${near.target}`
    : `volumes: ["${key}:${path}"] in ${where}, and volumes: {${key}: {}} at its end; where they may be lost: tmpfs: ["${path}"]`
}

const declaredBy = ({ Volumes }: ImageConfig) => volumePaths(Volumes)
const mountedAt = ({ volumes = [], tmpfs = [] }: ComposeService) =>
  [...volumes.map(({ target }) => target), ...tmpfs.map((text) => text.split(':')[0] ?? '')].map((path) =>
    path.replace(/(.)\/+$/, '$1'),
  )

/**
 * The place that a volume has to have for a folder, where none of the mounts holds it: at each VOLUME of the image without a
 * mount of its own, the engine mounts a volume without a name, also below another mount.
 */
export function lostAt(mounted: readonly string[], declared: readonly string[], folder: string): string | undefined {
  const around = [...mounted, ...declared].filter((path) => isWithin(folder, path))
  const [nearest = folder] = around.toSorted((one, other) => other.length - one.length)
  return mounted.includes(nearest) ? undefined : nearest
}
