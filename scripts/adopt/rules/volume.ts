import { about, type Copy, type Old, type Part, quote } from '../draft.ts'
import { some } from '../finding.ts'
import { type Fated, keyFor, STORE } from '../mounts.ts'
import { CODE } from '../packages.ts'
import { append } from '../remedy.ts'
import { filesBelow } from './image-files.ts'

/** A part that adds a line to `volumes`. */
export const mounted = (line: unknown, more: Part): Part => ({ ...more, lines: { volumes: [line] } })

/** A volume that the Compose file gives no name. */
export function namelessPart(old: Old, { target }: Fated): Part {
  const { ok, note } = about(old, 'volumes')
  const key = keyFor(old, target)
  const found = `${target} in the volume ${key}`
  const mend = `where it holds what a build makes, take the volume ${key} out of the proposed file: a deploy would keep the old files`
  const said = old.server
    ? ok(found)
    : note(`${found}: the Compose file gives it no name`, mend, { confidence: 'likely' })
  return mounted(`${key}:${target}`, { tops: { volumes: { [key]: {} } }, findings: [said] })
}

// Where ready images have their own files, beside those that copy themselves there when they start.
const HIDES =
  /^\/(usr\/src\/[\w-]+|home\/\w+\/[\w-]+|app|code|workspace|etc\/nginx(\/.*)?)$|\/(public|static|staticfiles|assets|dist|build|www|html)$/

const MOUNT =
  'mount the volume where the application writes, and nowhere else; make deploy refuses a version that it would hide'

/** A volume of the Compose file. */
export function volumePart(old: Old, { target, read_only: readOnly = false, kept }: Fated, source: string): Part {
  const { tree, project } = old
  const { ok, note, missing } = about(old, 'volumes')
  const { name: full = `${project.name}_${source}`, ...spec } = project.volumes[source] ?? {}
  const { driver, driver_opts: options } = spec
  const line = `${source}:${target}${readOnly ? ':ro' : ''}`
  if (spec.external) {
    const mend = 'it stays external: back it up yourself, since no snapshot holds it'
    const findings = [note(`the volume ${full} is external`, mend)]
    return mounted(line, { tops: { volumes: { [source]: { external: true, name: full } } }, findings })
  }
  const volume =
    driver && driver !== 'local' ? { driver, driver_opts: options } : options ? { driver_opts: options } : {}
  const held = filesBelow(old, target)
  const files = kept.length > 0 ? kept : (held ?? [])
  const databases = kept.filter((file) => STORE.test(file))
  const code = files.filter((file) => !databases.includes(file))
  const ignored = databases.map((file) => append(`/${file}`, '.gitignore'))
  const removed = ['git rm --cached', ...databases.map(quote)].join(' ')
  const out = `take ${some(databases)} out of git (${[removed, ...ignored].join(' && ')}), and let the application create it where the volume lacks it`
  const covers = (kept.length > 0 || files.some((file) => CODE.test(file)) ? missing : note)(
    `the volume ${source} covers ${files.slice(0, 2).join(', ')} of the image at ${target}: the next version's would stay hidden`,
    [...(code.length > 0 ? [MOUNT] : []), ...(databases.length > 0 ? [out] : [])].join('; '),
  )
  const found = `${target} in the volume ${source}`
  const mend =
    'where the image brings files there, those of the next version stay hidden: mount the volume only where the service writes'
  const hides = note(`${found}: code or configuration of the image, or data?`, mend, { confidence: 'guess' })
  // Where nobody has looked into the image, what is known of it is only likely.
  const isUnseen = held === undefined && !old.server
  const holds = ok(found, isUnseen ? { confidence: 'likely' } : {})
  const said = files.length > 0 ? covers : isUnseen && HIDES.test(target) ? hides : holds
  return mounted(line, {
    tops: { volumes: { [source]: volume } },
    copies: tree.live.includes(full) ? [copyFrom(old, full, source)] : [],
    findings: [said],
  })
}

/** The command's parts that copy existing data; the image of the old container has the tools that wrote them, as has what that is built on. */
export const copyFrom = ({ tree, project, service, spec, name, stage }: Old, from: string, key: string): Copy => ({
  ...{ from, to: `${name}_${key}` },
  image: tree.ran[service] ?? (spec.build && stage?.image) ?? spec.image ?? `${project.name}-${service}`,
})
