import * as v from 'valibot'
import { keyLike } from '../cli/parse.ts'

const text = v.string()
const flag = v.exactOptional(v.boolean())
const maybe = v.exactOptional(text)
const texts = v.record(text, text)
/** The name of an image, with a tag, a digest or neither; or its id. */
export const reference = v.pipe(
  text,
  v.regex(
    /^(?!.*\.\.)(?=.{1,400}$)[A-Za-z0-9][\w./-]*(?::\d{1,5}\/[\w./-]+)?(?::\w[\w.-]{0,127})?(?:@\w+:[0-9a-f]{32,128})?$/,
  ),
)
/** The name of a service, or the key of a volume. */
export const key = keyLike(/^[\w.-]{1,255}$/)
export const volumeName = v.pipe(text, v.regex(/^[A-Za-z0-9][\w.-]{0,254}$/))

const mount = v.looseObject({ type: maybe, source: maybe, target: text, read_only: flag })
const build = v.looseObject({
  ...{ context: maybe, dockerfile: maybe, target: maybe },
  args: v.exactOptional(v.record(key, v.nullable(text))),
  additional_contexts: v.exactOptional(texts),
})
// An absolute path of a container, without anything that leads elsewhere.
const inside = v.pipe(text, v.regex(/^(\/(?!\.\.?(\/|$))[^/\0]+)+$/))
const route = v.looseObject({ path: text, port: v.number(), health: text })
const service = v.looseObject({
  image: v.exactOptional(reference),
  build: v.exactOptional(build),
  labels: v.exactOptional(texts),
  volumes: v.exactOptional(v.array(mount)),
  tmpfs: v.exactOptional(v.array(text)),
  secrets: v.exactOptional(v.array(v.looseObject({ source: text }))),
  ports: v.exactOptional(v.array(v.looseObject({ host_ip: maybe, published: maybe }))),
  deploy: v.exactOptional(v.looseObject({ replicas: v.exactOptional(v.number()) })),
  scale: v.exactOptional(v.number()),
  ...{ stop_grace_period: maybe, restart: maybe, pull_policy: maybe },
  depends_on: v.exactOptional(v.record(key, v.looseObject({ restart: flag, condition: maybe }))),
  logging: v.exactOptional(v.looseObject({ options: v.exactOptional(texts) })),
  'x-graceful-timeout': maybe,
  'x-rollout': maybe,
  'x-tls': flag,
  'x-route': v.exactOptional(route),
  'x-files': v.exactOptional(v.array(inside)),
  'x-kept': v.exactOptional(v.array(v.looseObject({ path: inside, key, isFile: v.boolean() }))),
  // What findDangers reads.
  ...{ privileged: flag, read_only: flag, network_mode: maybe, pid: maybe, ipc: maybe, userns_mode: maybe, uts: maybe },
  ...{ cgroup: maybe, user: maybe, devices: v.exactOptional(v.array(v.unknown())) },
  ...{ cap_add: v.exactOptional(v.array(text)), security_opt: v.exactOptional(v.array(text)) },
})
const volume = v.looseObject({
  name: v.exactOptional(volumeName),
  external: flag,
  driver: maybe,
  driver_opts: v.exactOptional(texts),
})
const network = v.looseObject({ name: maybe, external: flag, internal: flag })

/** A resolved Compose file, so far as the toolkit reads it. */
export const COMPOSE = v.looseObject({
  name: v.pipe(text, v.regex(/^[a-z0-9][a-z0-9_-]*$/)),
  services: v.record(key, service),
  volumes: v.exactOptional(v.record(key, v.nullable(volume))),
  networks: v.exactOptional(v.record(text, v.nullable(network))),
  secrets: v.exactOptional(v.record(text, v.nullable(v.looseObject({ file: maybe })))),
})
