import { posix } from 'node:path'
import { type Finding, type Found, missing, note, ok, type Project, type Service } from './found.ts'

/** Data that are somewhere already: what holds them, and the volume of the release that they are to be copied to. */
export type Copy = { readonly from: string; readonly to: string; readonly image: string }
export type Mounts = {
  readonly mounts: readonly (string | object)[]
  readonly volumes: Readonly<Record<string, object | null>>
  readonly copies: readonly Copy[]
  readonly findings: readonly Finding[]
}

// Where the images that many use keep their data: those not on this engine cannot be asked.
const KNOWN: Readonly<Record<string, string>> = {
  redis: '/data',
  valkey: '/data',
  postgres: '/var/lib/postgresql/data',
  mysql: '/var/lib/mysql',
  mariadb: '/var/lib/mysql',
  mongo: '/data/db',
  rabbitmq: '/var/lib/rabbitmq',
}

/** A service's mounts for a release: data in volumes of the project, files as they lie, the source not at all. */
export function partMounts(found: Found, project: Project, service: string, spec: Service, name: string): Mounts {
  const parts = (spec.volumes ?? []).map((mount) => partMount(found, project, service, spec, mount, name))
  const targets = (spec.volumes ?? []).map(({ target }) => target)
  const repository =
    (spec.image ?? '')
      .replace(/[:@].*$/, '')
      .split('/')
      .at(-1) ?? ''
  const declared = spec.build
    ? []
    : (found.images[spec.image ?? '']?.volumes ?? (KNOWN[repository] ? [KNOWN[repository]] : []))
  const lost = declared.filter((path) => !targets.some((target) => path === target || path.startsWith(`${target}/`)))
  return join([
    ...parts,
    ...lost.map((path) => {
      const key = `${service}-data`
      const finding = note(
        service,
        `it keeps data in ${path}, in no volume that has a name`,
        `a new volume ${key}: what it holds now has to be copied (docs/guides/take-over.md)`,
      )
      return { mounts: [`${key}:${path}`], volumes: { [key]: {} }, copies: [], findings: [finding] }
    }),
  ])
}

function partMount(
  found: Found,
  project: Project,
  service: string,
  spec: Service,
  mount: NonNullable<Service['volumes']>[number],
  name: string,
): Mounts {
  const { type, source = '', target, read_only: readOnly } = mount
  const suffix = readOnly ? ':ro' : ''
  if (type === 'volume' && source) {
    const {
      name: full = `${project.name}_${source}`,
      external,
      driver,
      driver_opts: options,
    } = project.volumes[source] ?? {}
    const line = `${source}:${target}${suffix}`
    if (external) {
      const finding = note(service, `the volume ${full} is made elsewhere`, 'it stays so, and is in no snapshot')
      return { ...NONE, mounts: [line], volumes: { [source]: { external: true, name: full } }, findings: [finding] }
    }
    const spec_ =
      driver && driver !== 'local' ? { driver, driver_opts: options } : options ? { driver_opts: options } : {}
    const copies = found.live.includes(full)
      ? [{ from: full, to: `${name}_${source}`, image: imageOf(found, project, service, spec) }]
      : []
    return {
      mounts: [line],
      volumes: { [source]: spec_ },
      copies,
      findings: [ok(service, `${target} in the volume ${source}`)],
    }
  }
  const key = `${service}-${posix.basename(target).replace(/[^\w-]/g, '') || 'data'}`
  if (type === 'volume') return { ...NONE, mounts: [`${key}:${target}`], volumes: { [key]: {} } }
  if (type !== 'bind') return { ...NONE, mounts: [mount] }
  return partBind(found, project, service, spec, { source, target, key, readOnly: readOnly ?? false }, name)
}

type Bind = { readonly source: string; readonly target: string; readonly key: string; readonly readOnly: boolean }

function partBind(
  found: Found,
  project: Project,
  service: string,
  spec: Service,
  { source, target, key, readOnly }: Bind,
  name: string,
): Mounts {
  const { root, dir, binds } = found
  const { build } = spec
  const inside = posix.relative(root, source)
  const shown = inside.startsWith('..') ? source : inside
  if (/docker\.sock$/.test(source))
    return {
      ...NONE,
      findings: [
        missing(service, `${source} is left out: whoever has it is root on this host`, 'add it where you mean it'),
      ],
    }
  const within = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`)
  const isSource =
    binds[source] === 'folder' && (build ? within(build.context, source) : within(posix.join(root, dir), source))
  if (isSource)
    return {
      ...NONE,
      findings: [
        note(service, `${shown} over ${target} is left out`, 'the image has the source; make dev is for mounting it'),
      ],
    }
  if (binds[source] === 'file' || readOnly) {
    const relative = inside.startsWith('..') ? source : posix.relative('compose', inside)
    const line = { type: 'bind', source: relative, target, read_only: true, bind: { create_host_path: false } }
    return { ...NONE, mounts: [line], findings: [ok(service, `${shown} at ${target}, to be read`)] }
  }
  const copies =
    binds[source] === 'folder'
      ? [{ from: source, to: `${name}_${key}`, image: imageOf(found, project, service, spec) }]
      : []
  const finding = note(
    service,
    `${target} is the folder ${shown}`,
    `the volume ${key} takes its place: what is in it has to be copied (docs/guides/take-over.md)`,
  )
  return { mounts: [`${key}:${target}`], volumes: { [key]: {} }, copies, findings: [finding] }
}

// What its containers were made from has the tools that its data were written with.
const imageOf = ({ ran }: Found, { name }: Project, service: string, { image }: Service) =>
  ran[service] ?? image ?? `${name}-${service}`
const NONE: Mounts = { mounts: [], volumes: {}, copies: [], findings: [] }
const join = (parts: readonly Mounts[]): Mounts => ({
  mounts: parts.flatMap(({ mounts }) => mounts),
  volumes: Object.assign({}, ...parts.map(({ volumes }) => volumes)),
  copies: parts.flatMap(({ copies }) => copies),
  findings: parts.flatMap(({ findings }) => findings),
})
