import { posix } from 'node:path'
import { isFileServer, startTexts } from './app-code.ts'
import { dockerfileOf, stageOf } from './build.ts'
import { storesOf, uploadsOf } from './rules/beside.ts'
import { isWithin, mapValues, type Project, type Service, type SourceTree } from './source-tree.ts'

// Some hand the pages that an image has built to a web server by a volume. It would have those of the first version for ever.

type Handing = { readonly volume: string; readonly maker: string; readonly path: string }

/** The tree in which such web servers have these pages in an image of their own, from that of the service which has built them. */
export function withHandedVolumes(tree: SourceTree): SourceTree {
  const { compose } = tree
  const all = compose ? Object.keys(compose.volumes).flatMap((volume) => handingOf(tree, compose, volume) ?? []) : []
  if (!compose || all.length === 0) return tree
  const services = mapValues(compose.services, (spec, service) =>
    all.reduce(
      (one, handing) => (service === handing.maker ? without(one, handing) : taking(tree, one, handing)),
      spec,
    ),
  )
  return { ...tree, compose: { ...compose, services } }
}

// What is handed on by a volume: one service has it from its build, and puts nothing there that users send; all others only serve it.
function handingOf(tree: SourceTree, project: Project, volume: string): Handing | undefined {
  const { services, volumes } = project
  const users = Object.entries(services).flatMap(([name, spec]) => {
    const mount = mountOf(spec, volume)
    return mount ? [{ name, spec, path: mount.target }] : []
  })
  const isFilled = ({ name, spec, path }: (typeof users)[number]) => {
    const own = {
      tree,
      project,
      service: name,
      spec: without(spec, { volume }),
      folders: new Map(),
      stage: stageOf(tree, spec),
    }
    const places = [...uploadsOf(own).map(({ value }) => value), ...storesOf(own)]
    return places.some((place) => isWithin(place, path) || isWithin(path, place))
  }
  const makers = users.filter((one) => isMadeIn(tree, one.spec, one.path) && !isFilled(one))
  const others = users.filter((one) => !makers.includes(one))
  const [maker] = makers
  const isHanded = makers.length === 1 && others.length > 0 && others.every(({ spec }) => isFileServer(tree, spec))
  return maker && isHanded && !volumes[volume]?.external ? { volume, maker: maker.name, path: maker.path } : undefined
}
const mountOf = ({ volumes = [] }: Service, volume: string) =>
  volumes.find(({ type, source }) => type === 'volume' && source === volume)

// Whether a build leaves files there, and no start makes or copies any.
function isMadeIn(tree: SourceTree, spec: Service, path: string): boolean {
  const stage = stageOf(tree, spec)
  if (!spec.build || !stage || isFileServer(tree, spec)) return false
  const isAtStart = startTexts(tree, spec).some((text) => FILLS.test(text))
  const isCopied = stage.copies.some(({ from, to }) => from !== '' && isWithin(posix.resolve(to), path))
  return !isAtStart && (isCopied || (PAGES.test(path) && stage.runs.some((run) => BUILDS.test(run))))
}
const BUILDS = /\bcollectstatic\b|\b(npm|pnpm|yarn|bun|ng|vite)\s[^;&|\n]*\b(build|generate|prod(uction)?)\b/
const FILLS = new RegExp(String.raw`${BUILDS.source}|\b(cp|rsync|mv)\s`)
const PAGES = /(^|[/_-])(dist|build|out|static(files)?|public|www|html)$/

const without = ({ volumes = [], ...spec }: Service, { volume }: Pick<Handing, 'volume'>): Service => ({
  ...{ ...spec, volumes: volumes.filter((one) => !(one.type === 'volume' && one.source === volume)) },
})

function taking(tree: SourceTree, spec: Service, handing: Handing): Service {
  const mount = mountOf(spec, handing.volume)
  if (!mount) return spec
  const name = `${handing.maker}-files`
  const { image = '', build, ...rest } = without(spec, handing)
  const text = (build && dockerfileOf(tree, build)) ?? `FROM ${image}\n`
  const lines = `${text.trimEnd()}\nCOPY --from=${name} ${handing.path}/ ${mount.target}/\n`
  const context = build?.context ?? posix.join(tree.root, tree.dir)
  const contexts = { ...build?.additional_contexts, [name]: `service:${handing.maker}` }
  const dockerfile = build ? { dockerfile: build.dockerfile ?? 'Dockerfile' } : {}
  const own = { ...build, ...dockerfile, context, dockerfile_inline: lines, additional_contexts: contexts }
  return { ...rest, ...(build ? { image } : {}), build: own, 'x-handed': [...(spec['x-handed'] ?? []), handing] }
}
