import * as v from 'valibot'
import { requireShape } from '../cli/parse.ts'
import { parseYaml } from '../cli/yaml.ts'
import { key, reference } from '../docker/compose-schema.ts'
import type { Project } from './source-tree.ts'

const text = v.string()
const maybe = v.exactOptional(text)
const flag = v.exactOptional(v.boolean())
const used = v.exactOptional(v.array(v.looseObject({ source: text, target: maybe })))
const mount = v.looseObject({ type: text, source: maybe, target: text, read_only: flag })
const port = v.looseObject({ target: v.number(), published: maybe, protocol: maybe, host_ip: maybe })
const build = v.looseObject({
  context: text,
  ...{ dockerfile: maybe, dockerfile_inline: maybe },
  target: maybe,
  args: v.exactOptional(v.looseObject({})),
})
const SERVICE = v.looseObject({
  image: v.exactOptional(reference),
  build: v.exactOptional(build),
  ports: v.exactOptional(v.array(port)),
  volumes: v.exactOptional(v.array(mount)),
  environment: v.exactOptional(v.record(text, v.nullable(text))),
  ...{ secrets: used, configs: used },
})
const options = v.exactOptional(v.record(text, text))
const volume = v.looseObject({ name: maybe, external: flag, driver: maybe, driver_opts: options })
const network = v.looseObject({ name: maybe, external: flag, internal: flag })
const files = v.exactOptional(v.record(key, v.looseObject({ file: maybe, content: maybe })))
const PROJECT = v.looseObject({
  name: text,
  services: v.exactOptional(v.record(key, SERVICE)),
  volumes: v.exactOptional(v.record(key, v.nullable(volume))),
  networks: v.exactOptional(v.record(key, v.nullable(network))),
  ...{ secrets: files, configs: files },
})

/** Reads the Compose project of `file` as Compose resolves it. Throws a Failure where it is not of the known form. */
export function parseProject(
  resolved: string,
  file: string,
): Pick<Project, 'name' | 'services' | 'volumes' | 'networks' | 'secrets' | 'configs'> {
  const next = `docker compose -f ${file} config   (then correct ${file})`
  const {
    services = {},
    volumes = {},
    ...rest
  } = requireShape(PROJECT, parseYaml(resolved, file), { what: file, next })
  return {
    ...rest,
    services: Object.fromEntries(Object.entries(services).map(([name, one]) => [name, withoutRemote(one)])),
    volumes,
  }
}

// A build that reads another repository is no version of this one: where the service has an image too, it runs that.
function withoutRemote({ build, ...service }: v.InferOutput<typeof SERVICE>): v.InferOutput<typeof SERVICE> {
  if (build === undefined) return service
  const isRemote = /^(\w+:\/\/|git@|github\.com\/)/.test(build.context)
  return isRemote && service.image ? { ...service, 'x-remote-build': build.context } : { ...service, build }
}
