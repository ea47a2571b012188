import { posix } from 'node:path'
import * as v from 'valibot'
import { requireShape } from '../cli/parse.ts'
import { parseYaml } from '../cli/yaml.ts'
import { key, reference } from '../docker/compose-schema.ts'
import { isWithin } from '../docker/paths.ts'

const text = v.string()
const maybe = v.exactOptional(text)
const flag = v.exactOptional(v.boolean())
const many = <T>(one: v.GenericSchema<T>) => v.exactOptional(v.pipe(v.array(one), v.readonly()))
const USED = v.looseObject({ source: text, target: maybe })
const MOUNT = v.looseObject({ type: text, source: maybe, target: text, read_only: flag })
const port = v.looseObject({ target: v.number(), published: maybe, protocol: maybe, host_ip: maybe })
const BUILD = v.looseObject({
  context: text,
  ...{ dockerfile: maybe, dockerfile_inline: maybe, target: maybe },
  // The folder that its Dockerfile was written for, where code that is mounted has moved the build further up.
  'x-own': maybe,
  // What takes the place of the .dockerignore there then.
  'x-ignore': maybe,
  // The files of variables that its Dockerfile copied, and the places that they had in the image.
  'x-env': many(v.object({ path: text, target: text })),
  args: v.exactOptional(v.looseObject({})),
  additional_contexts: v.exactOptional(v.record(text, text)),
})
const limits = v.exactOptional(v.record(text, v.unknown()))
const deploy = v.looseObject({
  ...{ mode: maybe, replicas: v.exactOptional(v.number()) },
  restart_policy: v.exactOptional(v.looseObject({ condition: maybe })),
  resources: v.exactOptional(v.looseObject({ limits, reservations: limits })),
})
const dependency = v.looseObject({ condition: maybe, restart: flag, required: flag })
const SERVICE = v.looseObject({
  image: v.exactOptional(reference),
  build: v.exactOptional(BUILD),
  ...{ ports: many(port), volumes: many(MOUNT), secrets: many(USED), configs: many(USED) },
  environment: v.exactOptional(v.record(text, v.nullable(text))),
  // What it had in a volume from the image of another service.
  'x-handed': many(v.object({ volume: text, maker: text, path: text })),
  ...{ deploy: v.exactOptional(deploy), depends_on: v.exactOptional(v.record(text, dependency)), tmpfs: many(text) },
  ...{ working_dir: maybe, container_name: maybe, user: maybe, links: many(text), expose: many(text) },
  labels: v.exactOptional(v.record(text, text)),
  networks: v.exactOptional(v.record(text, v.nullable(v.looseObject({ aliases: many(text) })))),
})
/** A service, as Compose resolves it; a secret or config of it, its build, and a mount. */
export type Service = Readonly<v.InferOutput<typeof SERVICE>>
export type Used = Readonly<v.InferOutput<typeof USED>>
export type Build = Readonly<v.InferOutput<typeof BUILD>>
export type Mount = Readonly<v.InferOutput<typeof MOUNT>>

const volume = v.looseObject({
  ...{ name: maybe, external: flag, driver: maybe },
  driver_opts: v.exactOptional(v.record(text, text)),
})
const network = v.looseObject({ name: maybe, external: flag, internal: flag })
const files = v.exactOptional(v.record(key, v.looseObject({ file: maybe, content: maybe })))
const PROJECT = v.looseObject({
  name: text,
  services: v.exactOptional(v.record(key, SERVICE)),
  volumes: v.exactOptional(v.record(key, v.nullable(volume))),
  networks: v.exactOptional(v.record(key, v.nullable(network))),
  ...{ secrets: files, configs: files },
})

/** Reads the Compose project of `file`, in the folder `dir`, as Compose resolves it. Throws a Failure where it is not of the known form. */
export function parseProject(resolved: string, file: string, dir: string) {
  const next = `docker compose -f ${file} config   (then correct ${file})`
  const all = requireShape(PROJECT, parseYaml(resolved, file), { what: file, next })
  const folders = foldersIn(all.volumes ?? {}, dir)
  const services = Object.entries(all.services ?? {}).map(
    ([name, one]) => [name, withPaths(withFolders(withoutRemote(one), folders))] as const,
  )
  const volumes = Object.fromEntries(Object.entries(all.volumes ?? {}).filter(([name]) => !folders.has(name)))
  return { ...all, services: Object.fromEntries(services), volumes }
}

// The volumes that only give a folder beside the Compose file a name (`o: bind`): git may keep what lies there.
const foldersIn = (volumes: NonNullable<v.InferOutput<typeof PROJECT>['volumes']>, dir: string) =>
  new Map(
    Object.entries(volumes).flatMap(([name, spec]) => {
      const { driver = 'local', driver_opts: { o = '', device = '' } = {} } = spec ?? {}
      return driver === 'local' && /\bbind\b/.test(o) && isWithin(device, dir) ? [[name, device] as const] : []
    }),
  )
// These as what they are, a mount of that folder.
function withFolders({ volumes, ...service }: Service, folders: ReadonlyMap<string, string>): Service {
  const plain = (mount: Mount): Mount => {
    const folder = mount.type === 'volume' ? folders.get(mount.source ?? '') : undefined
    if (folder === undefined) return mount
    const { volume = {}, ...own } = mount
    return { ...own, type: 'bind', source: posix.join(folder, (volume as { subpath?: string }).subpath ?? '') }
  }
  return { ...service, ...(volumes ? { volumes: volumes.map(plain) } : {}) } as Service
}

// One folder has one name, whether or not its author ended that with a slash.
const withPaths = ({ volumes, ...service }: Service): Service => {
  const plain = (path: string) => path.replace(/(.)\/+$/, '$1')
  const named = ({ source, target, ...mount }: Mount): Mount => ({
    ...mount,
    ...(source === undefined ? {} : { source: plain(source) }),
    target: plain(target),
  })
  return { ...service, ...(volumes ? { volumes: volumes.map(named) } : {}) } as Service
}

// A build that reads another repository is no version of this one: where the service has an image too, it runs that.
function withoutRemote({ build, ...service }: Service): Service {
  if (build === undefined) return service
  const isRemote = /^(\w+:\/\/|git@|github\.com\/)/.test(build.context)
  return isRemote && service.image ? { ...service, 'x-remote-build': build.context } : { ...service, build }
}
