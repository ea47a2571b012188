import { posix } from 'node:path'
import { factsOf as factsOfText } from '../image/build.ts'
import { asPattern, placesOf } from '../image/copied-places.ts'
import type { DockerfileFacts, Stage } from '../image/dockerfile.ts'
import { toWords } from './draft.ts'
import {
  type Build,
  countOf,
  dependenciesOf,
  insideOf,
  isWithin,
  type Project,
  type Service,
  type SourceTree,
  TESTS,
  textsOf,
} from './source-tree.ts'

/** The text of the Dockerfile of a build; undefined where there is none. */
export const dockerfileOf = (tree: SourceTree, build: Build): string | undefined =>
  build.dockerfile_inline ??
  tree.sources[insideOf(tree, posix.resolve(build.context, build.dockerfile ?? 'Dockerfile'))]

/** The file that `dockerfileOf` has its text from, as its context names it, and what stands there; undefined where the Compose file has the text. */
export function sourceOf(tree: SourceTree, { dockerfile_inline: inline, ...build }: Build) {
  const path = build.dockerfile ?? (inline === undefined ? 'Dockerfile' : undefined)
  const text = path && dockerfileOf(tree, build)
  return path && text !== undefined ? { path, text } : undefined
}

/** The tree with the services of which a container is asked for, and with the names that builds take: a `dockerfile`, where no `Dockerfile` is. */
export function withDockerfiles(tree: SourceTree): SourceTree {
  const { compose, sources } = tree
  const named = ([name, spec]: [string, Service]): [string, Service] => {
    const { build } = spec
    const inside = insideOf(tree, posix.join(build?.context ?? '', 'dockerfile'))
    const isOther = (build?.dockerfile ?? 'Dockerfile') === 'Dockerfile' && sources[inside] !== undefined
    const isLower = build && isOther && dockerfileOf(tree, build) === undefined
    return [name, isLower ? { ...spec, build: { ...build, dockerfile: 'dockerfile' } } : spec]
  }
  if (!compose) return tree
  const all = Object.entries(compose.services)
  const idle = all.flatMap(([name, spec]) => (countOf(spec) === 0 ? name : []))
  const tests = all.flatMap(([name, spec]) => (onlyTests(name, spec, compose) ? name : []))
  const tools = all.flatMap(([name, spec]) => (isTool(name, spec, compose) ? name : []))
  const services = Object.fromEntries(all.filter(([name]) => ![...idle, ...tests, ...tools].includes(name)).map(named))
  return { ...tree, compose: { ...compose, services, idle, tests, tools } }
}

// Nobody waits for it, and nothing starts it again: it ends with its tests, and a release would go back.
function onlyTests(name: string, spec: Service, { services }: Project): boolean {
  const command = toWords(spec['command']).join(' ')
  const isStarted = spec.ports?.length || !['no', undefined, null].includes(spec['restart'] as string | undefined)
  return TESTS.test(command) && !/&&|;/.test(command) && !isStarted && !isAwaited(name, services)
}
const isAwaited = (name: string, services: Project['services']) =>
  Object.values(services).some((other) => name in dependenciesOf(other))

// Alone, such a program says how it is called, and ends: a person gives `docker compose run` the rest. A release would start it for ever.
function isTool(name: string, spec: Service, { services }: Project): boolean {
  const words = [...toWords(spec['entrypoint']), ...toWords(spec['command'])]
  const isNamed = words.length > 0 ? TOOL.test(words.join(' ')) : !spec.build && COMPOSER.test(spec.image ?? '')
  return isNamed && !spec.ports?.length && !isAwaited(name, services)
}
const TOOL =
  /^(\S*\/)?(composer(\.phar)?|npm|npx|pnpm|wp|drush|rake|((php|python)[\d.]*\s+)?(\S*\/)?(artisan|spark|console|manage\.py))(\s+-\S+)*$/
const COMPOSER = /(^|\/)composer(:|$)/

/** What the Dockerfile of a service says; undefined for a ready image. */
export function factsOf(tree: SourceTree, { build }: Service): DockerfileFacts | undefined {
  const text = build && dockerfileOf(tree, build)
  if (!build || text === undefined) return undefined
  return factsOfText({ dockerfile: text, lock: {}, args: textsOf(build.args), target: build.target })
}
/** The stage that a service runs. */
export const stageOf = (tree: SourceTree, spec: Service): Stage | undefined => factsOf(tree, spec)?.target

/** That stage, and those of other services of whose images it is made. */
export function stagesOf(tree: SourceTree, spec: Service, seen: readonly Service[] = []): Stage[] {
  const stage = stageOf(tree, spec)
  const from = spec.build?.additional_contexts?.[stage?.image ?? '']
  const base = tree.compose?.services[from?.replace(/^service:/, '') ?? '']
  const below = base && !seen.includes(base) ? stagesOf(tree, base, [...seen, base]) : []
  return stage ? [stage, ...below] : []
}

/** A service with the build of the image that it names, where another service builds that. */
export function withBuilder({ services }: Project, spec: Service): Service {
  const { build } = Object.values(services).find((one) => one.build && spec.image && one.image === spec.image) ?? {}
  return spec.build || !build ? spec : { ...spec, build }
}

/** The tree with builds that name the service whose image they take: where the Compose file does not say it, by the image of that. */
export function withTaken(tree: SourceTree): SourceTree {
  const { compose } = tree
  if (!compose) return tree
  const all = Object.entries(compose.services)
  const imagesOf = (spec: Service) => factsOf(tree, spec)?.images ?? []
  const plain = (image: string) => image.replace(/:latest$/, '')
  // An image that is built on one of its own name is called as that of a registry.
  const makerOf = (image: string) =>
    all.find(([name, spec]) => {
      const own = spec.image ?? `${compose.name}-${name}`
      return spec.build && plain(own) === plain(image) && !imagesOf(spec).includes(image)
    })?.[0]
  const named = ([name, spec]: [string, Service]): [string, Service] => {
    const taken = imagesOf(spec).flatMap((image) => (makerOf(image) ? [[image, `service:${makerOf(image)}`]] : []))
    const contexts = { ...Object.fromEntries(taken), ...spec.build?.additional_contexts }
    const isTaking = spec.build && taken.length > 0
    return [name, isTaking ? { ...spec, build: { ...spec.build, additional_contexts: contexts } } : spec]
  }
  return { ...tree, compose: { ...compose, services: Object.fromEntries(all.map(named)) } }
}

/** Whether two services have the same image built. */
export const isSameBuild = (one: Build | undefined, other: Build | undefined): boolean =>
  one !== undefined && other !== undefined && asText(one) === asText(other)
const asText = ({ context, dockerfile = 'Dockerfile', dockerfile_inline: inline, target, ...build }: Build) =>
  JSON.stringify({ context, dockerfile, inline, target, args: textsOf(build.args), more: build.additional_contexts })

type Looking = Pick<Build, 'context' | 'x-ignore'> & { readonly dockerfile?: string | undefined }
type Built = Looking & { readonly tree: SourceTree; readonly facts: DockerfileFacts | undefined }
/** The files of the repository that an image has at a path or below it, each with its place: what rules call its code rests on this. */
export function placedFiles(
  { tree, facts, ...build }: Built,
  target: string,
  files = seenFrom(tree, build).filter((file) => !PLACEHOLDERS.test(file)),
): [string, string][] {
  const stage = facts?.target
  if (!stage) return []
  const own = pathFrom(tree, build.context)
  return files.flatMap((path) => {
    const file = own(path)
    const places = file === undefined ? [] : placesOf(facts, stage, file, true)
    return places.flatMap((place): [string, string][] => (isWithin(place, target) ? [[path, place]] : []))
  })
}
export const PLACEHOLDERS = /(^|\/)(\.git\w*|\.(keep|placeholder|folder|empty|dummy)|readme[^/]*)$/i

/** The text of .dockerignore for a build, or of the one that is for its Dockerfile alone; undefined where there is none. */
export function ignoreOf(tree: SourceTree, { context, dockerfile = '', ...build }: Looking): string | undefined {
  const textFor = (name: string) => tree.sources[posix.join(insideOf(tree, context), `${name}.dockerignore`)]
  return build['x-ignore'] ?? textFor(dockerfile) ?? textFor('')
}

/** What each line of .dockerignore for a build leaves out, or takes in again. */
export const ignoreLines = (tree: SourceTree, build: Looking) =>
  (ignoreOf(tree, build) ?? '').split('\n').flatMap((line) => {
    const [, not = '', path = ''] = /^\s*(!?)\s*\/?([^#\s].*?)\/?\s*$/.exec(line) ?? []
    return path ? [{ isOut: not === '', path: asPattern(posix.normalize(path)), line: line.trim() }] : []
  })

/** The files of the repository that a build sees in its context: the last line of .dockerignore that means a file decides. */
export function seenFrom(tree: SourceTree, build: Looking): string[] {
  const { context } = build
  const lines = ignoreLines(tree, build)
  const own = pathFrom(tree, context)
  return tree.tracked.filter((path) => {
    const file = own(path)
    return file !== undefined && lines.findLast((line) => line.path.test(file))?.isOut !== true
  })
}

/** Gives the path of a file of the checkout from a folder of the host; undefined where it lies elsewhere. */
export function pathFrom({ root }: Pick<SourceTree, 'root'>, folder: string): (file: string) => string | undefined {
  const inside = posix.relative(root, folder)
  return (file) => (inside === '' ? file : isWithin(file, inside) ? file.slice(inside.length + 1) : undefined)
}
