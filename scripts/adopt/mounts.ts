import { posix } from 'node:path'
import { type Finding, missing, note, ok } from './finding.ts'
import type { Project, Service, SourceTree } from './source-tree.ts'

/** Existing data: the volume or folder that holds it, and the volume of the release to copy it to. */
export type Copy = { readonly from: string; readonly to: string; readonly image: string }
export type Mounts = {
  readonly mounts: readonly (string | object)[]
  readonly volumes: Readonly<Record<string, object | null>>
  readonly copies: readonly Copy[]
  readonly findings: readonly Finding[]
}

// Where common images keep their data: an image that is not on this engine cannot be inspected.
const KNOWN: Readonly<Record<string, string>> = {
  redis: '/data',
  valkey: '/data',
  postgres: '/var/lib/postgresql/data',
  mysql: '/var/lib/mysql',
  mariadb: '/var/lib/mysql',
  mongo: '/data/db',
  rabbitmq: '/var/lib/rabbitmq',
}

/** Splits a service's mounts: data goes into volumes of the project, files stay mounted, the source is left out. */
export function splitMounts(tree: SourceTree, project: Project, service: string, spec: Service, name: string): Mounts {
  const parts = (spec.volumes ?? []).map((mount) => splitMount(tree, project, service, spec, mount, name))
  const targets = (spec.volumes ?? []).map(({ target }) => target)
  const repository =
    (spec.image ?? '')
      .replace(/[:@].*$/, '')
      .split('/')
      .at(-1) ?? ''
  const declared = spec.build
    ? []
    : (tree.images[spec.image ?? '']?.volumes ?? (KNOWN[repository] ? [KNOWN[repository]] : []))
  const lost = declared.filter((path) => !targets.some((target) => path === target || path.startsWith(`${target}/`)))
  return join([
    ...parts,
    ...lost.map((path) => {
      const key = `${service}-data`
      const finding = note(
        service,
        `it keeps data in ${path}, outside any named volume`,
        `copy the data into the new volume ${key} (docs/guides/take-over.md)`,
      )
      return { mounts: [`${key}:${path}`], volumes: { [key]: {} }, copies: [], findings: [finding] }
    }),
  ])
}

function splitMount(
  tree: SourceTree,
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
      const finding = note(
        service,
        `the volume ${full} is external`,
        'it stays external: back it up yourself, since no snapshot holds it',
      )
      return { ...NONE, mounts: [line], volumes: { [source]: { external: true, name: full } }, findings: [finding] }
    }
    const spec_ =
      driver && driver !== 'local' ? { driver, driver_opts: options } : options ? { driver_opts: options } : {}
    const copies = tree.live.includes(full)
      ? [{ from: full, to: `${name}_${source}`, image: imageOf(tree, project, service, spec) }]
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
  return splitBind(tree, project, service, spec, { source, target, key, readOnly: readOnly ?? false }, name)
}

type Bind = { readonly source: string; readonly target: string; readonly key: string; readonly readOnly: boolean }

function splitBind(
  tree: SourceTree,
  project: Project,
  service: string,
  spec: Service,
  { source, target, key, readOnly }: Bind,
  name: string,
): Mounts {
  const { root, dir, binds } = tree
  const { build } = spec
  const inside = posix.relative(root, source)
  const shown = inside.startsWith('..') ? source : inside
  if (/docker\.sock$/.test(source))
    return {
      ...NONE,
      findings: [
        missing(
          service,
          `${source} is left out: it gives root access to this host`,
          'add it yourself if the service needs it',
        ),
      ],
    }
  const within = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`)
  const isSource =
    binds[source] === 'folder' && (build ? within(build.context, source) : within(posix.join(root, dir), source))
  if (isSource)
    return {
      ...NONE,
      findings: [
        note(
          service,
          `the mount of ${shown} over ${target} is left out`,
          'the image contains the source; to mount it, use make dev',
        ),
      ],
    }
  if (binds[source] === 'file' || readOnly) {
    const relative = inside.startsWith('..') ? source : posix.relative('compose', inside)
    const line = { type: 'bind', source: relative, target, read_only: true, bind: { create_host_path: false } }
    return { ...NONE, mounts: [line], findings: [ok(service, `${shown} at ${target}, read-only`)] }
  }
  const copies =
    binds[source] === 'folder'
      ? [{ from: source, to: `${name}_${key}`, image: imageOf(tree, project, service, spec) }]
      : []
  const finding = note(
    service,
    `${target} is the folder ${shown}`,
    `the volume ${key} takes its place: copy the data into it (docs/guides/take-over.md)`,
  )
  return { mounts: [`${key}:${target}`], volumes: { [key]: {} }, copies, findings: [finding] }
}

// The image of its containers has the tools that wrote its data.
const imageOf = ({ ran }: SourceTree, { name }: Project, service: string, { image }: Service) =>
  ran[service] ?? image ?? `${name}-${service}`
const NONE: Mounts = { mounts: [], volumes: {}, copies: [], findings: [] }
const join = (parts: readonly Mounts[]): Mounts => ({
  mounts: parts.flatMap(({ mounts }) => mounts),
  volumes: Object.assign({}, ...parts.map(({ volumes }) => volumes)),
  copies: parts.flatMap(({ copies }) => copies),
  findings: parts.flatMap(({ findings }) => findings),
})
