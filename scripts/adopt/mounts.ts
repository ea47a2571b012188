import { posix } from 'node:path'
import { type Finding, missing, note, ok } from './finding.ts'
import type { Mount, OldService } from './source-tree.ts'

/** Existing data: the volume or folder that holds it, and the volume of the release to copy it to. */
export type Copy = { readonly from: string; readonly to: string; readonly image: string }
/** What the release mounts in a service, and the volumes that it needs for that. */
export type Mounts = {
  readonly mounts: readonly (string | object)[]
  readonly volumes: Readonly<Record<string, object | null>>
  readonly copies: readonly Copy[]
  readonly findings: readonly Finding[]
}

// Where common images keep their data: make adopt cannot inspect an image that is not on this engine.
const KNOWN: ReadonlyMap<string, readonly string[]> = new Map([
  ['redis', ['/data']],
  ['valkey', ['/data']],
  ['postgres', ['/var/lib/postgresql/data']],
  ['mysql', ['/var/lib/mysql']],
  ['mariadb', ['/var/lib/mysql']],
  ['mongo', ['/data/db']],
  ['rabbitmq', ['/var/lib/rabbitmq']],
])

/** Splits a service's mounts: data goes into volumes of the project, files stay mounted, the source is left out. */
export function splitMounts(old: OldService): Mounts {
  const { volumes = [] } = old.spec
  return join([
    ...volumes.map((mount) => splitMount(old, mount)),
    ...declaredPaths(old).map((path) => addVolume(old, path)),
  ])
}

// The paths that the image declares for data, where the Compose file mounts nothing.
function declaredPaths({ tree, spec }: OldService): string[] {
  if (spec.build) return []
  const { image = '', volumes = [] } = spec
  const repository =
    image
      .replace(/[:@].*$/, '')
      .split('/')
      .at(-1) ?? ''
  const declared = tree.images[image]?.volumes ?? KNOWN.get(repository) ?? []
  return declared.filter((path) => !volumes.some(({ target }) => path === target || path.startsWith(`${target}/`)))
}

function addVolume({ service }: OldService, path: string): Mounts {
  const key = `${service}-data`
  const finding = note(
    service,
    `it keeps data in ${path}, outside any named volume`,
    `copy the data into the new volume ${key} (docs/guides/take-over.md)`,
  )
  return { mounts: [`${key}:${path}`], volumes: { [key]: {} }, copies: [], findings: [finding] }
}

function splitMount(old: OldService, mount: Mount): Mounts {
  const { type, source = '', target, read_only: readOnly = false } = mount
  if (type === 'volume' && source) return splitVolume(old, { source, target, readOnly })
  const key = `${old.service}-${posix.basename(target).replace(/[^\w-]/g, '') || 'data'}`
  if (type === 'volume') return { ...NONE, mounts: [`${key}:${target}`], volumes: { [key]: {} } }
  if (type !== 'bind') return { ...NONE, mounts: [mount] }
  return splitBind(old, { source, target, key, readOnly })
}

type Named = { readonly source: string; readonly target: string; readonly readOnly: boolean }

function splitVolume(old: OldService, { source, target, readOnly }: Named): Mounts {
  const { tree, project, service, name } = old
  const {
    name: full = `${project.name}_${source}`,
    external,
    driver,
    driver_opts: options,
  } = project.volumes[source] ?? {}
  const line = `${source}:${target}${readOnly ? ':ro' : ''}`
  if (external) {
    const finding = note(
      service,
      `the volume ${full} is external`,
      'it stays external: back it up yourself, since no snapshot holds it',
    )
    return { ...NONE, mounts: [line], volumes: { [source]: { external: true, name: full } }, findings: [finding] }
  }
  const volume =
    driver && driver !== 'local' ? { driver, driver_opts: options } : options ? { driver_opts: options } : {}
  return {
    mounts: [line],
    volumes: { [source]: volume },
    copies: tree.live.includes(full) ? [{ from: full, to: `${name}_${source}`, image: copyImageOf(old) }] : [],
    findings: [ok(service, `${target} in the volume ${source}`)],
  }
}

type Bind = Named & { /** The volume that takes the place of a folder. */ readonly key: string }

function splitBind(old: OldService, { source, target, key, readOnly }: Bind): Mounts {
  const { tree, service, spec, name } = old
  const { root, dir, binds } = tree
  const inside = posix.relative(root, source)
  const shown = inside.startsWith('..') ? source : inside
  const leaveOut = (finding: Finding): Mounts => ({ ...NONE, findings: [finding] })
  if (/docker\.sock$/.test(source))
    return leaveOut(
      missing(
        service,
        `${source} is left out: it gives root access to this host`,
        'add it yourself if the service needs it',
      ),
    )
  const within = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`)
  const isSource =
    binds[source] === 'folder' &&
    (spec.build ? within(spec.build.context, source) : within(posix.join(root, dir), source))
  if (isSource)
    return leaveOut(
      note(
        service,
        `the mount of ${shown} over ${target} is left out`,
        'the image contains the source; to mount it, use make dev',
      ),
    )
  if (binds[source] === 'file' || readOnly) {
    const relative = inside.startsWith('..') ? source : posix.relative(posix.dirname(tree.composeFile), inside)
    const line = { type: 'bind', source: relative, target, read_only: true, bind: { create_host_path: false } }
    return { ...NONE, mounts: [line], findings: [ok(service, `${shown} at ${target}, read-only`)] }
  }
  const finding = note(
    service,
    `${target} is the folder ${shown}`,
    `the volume ${key} takes its place: copy the data into it (docs/guides/take-over.md)`,
  )
  return {
    mounts: [`${key}:${target}`],
    volumes: { [key]: {} },
    copies: binds[source] === 'folder' ? [{ from: source, to: `${name}_${key}`, image: copyImageOf(old) }] : [],
    findings: [finding],
  }
}

// The image that runs the copy: that of the old container, which has the tools that wrote the data.
const copyImageOf = ({ tree, project, service, spec }: OldService) =>
  tree.ran[service] ?? spec.image ?? `${project.name}-${service}`
const NONE: Mounts = { mounts: [], volumes: {}, copies: [], findings: [] }
const join = (parts: readonly Mounts[]): Mounts => ({
  mounts: parts.flatMap(({ mounts }) => mounts),
  volumes: Object.assign({}, ...parts.map(({ volumes }) => volumes)),
  copies: parts.flatMap(({ copies }) => copies),
  findings: parts.flatMap(({ findings }) => findings),
})
