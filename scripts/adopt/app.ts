import { posix } from 'node:path'
import { type DockerfileFacts, parseDockerfile, type Stage } from '../image/dockerfile.ts'
import { expand } from '../image/expand.ts'
import { dockerfileOf, stageOf } from './build.ts'
import { configFilesOf } from './config-files.ts'
import { commandOf, type Draft, type Part, toWords } from './draft.ts'
import { pagesOf } from './front.ts'
import {
  findAll,
  type Guess,
  guessPort,
  isDebugPort,
  isElsewhere,
  isOtherPort,
  isTls,
  keepFiles,
  type Sources,
  servesFiles,
} from './guess.ts'
import { CHECKED, guessHealth, type Health } from './health.ts'
import { FOLDERS } from './nginx.ts'
import { readPages } from './nginx-pages.ts'
import { withScripts } from './node-packages.ts'
import { findRecipe, type Recipe } from './recipe.ts'
import { type ImageFacts, insideOf, isWithin, LISTS, type Service, type SourceTree, textsOf } from './source-tree.ts'
import { sparing } from './spared.ts'
import { webPorts } from './web.ts'

/** The application: the folder and the Dockerfile of its image, and what they say. */
export type App = {
  readonly tree: SourceTree
  readonly draft: Draft
  /** Its service, as far as a Compose file has one. */
  readonly spec: Service
  /** Its folder from the root of the checkout. */
  readonly dir: string
  /** The sources in that folder, by their paths from there. */
  readonly sources: Sources
  /** The path of its Dockerfile from the root, too, and the text. */
  readonly dockerfile: string
  readonly text: string | undefined
  readonly facts: DockerfileFacts | undefined
  /** The stage that runs. */
  readonly stage: Stage | undefined
  /** How to write a Dockerfile, where there is none. */
  readonly recipe: Recipe | undefined
  /** The name of a ready image that the application runs instead. */
  readonly ready: string | undefined
  readonly image: ImageFacts | undefined
  readonly command: readonly string[]
  readonly port: Guess<number> | undefined
  /** Whether it speaks HTTPS at that port. */
  readonly tls: boolean
  readonly health: Health
}
/** A rule about the application's image and what it needs. */
export type AppRule = (app: App) => Part | undefined

/** Reads the application: the service that was chosen, or the folder itself where there is no Compose file. */
export function readApp(tree: SourceTree, draft: Draft): App {
  const spec: Service = draft.project.services[draft.web ?? ''] ?? {}
  const dir = folderOf(tree, spec)
  const inside = posix.relative(tree.dir, dir)
  const all = inFolder(tree.sources, inside)
  const dockerfile = posix.normalize(spec.build?.dockerfile ?? 'Dockerfile')
  const ready = spec.build ? undefined : spec.image
  const found = spec.build ? dockerfileOf(tree, spec.build) : all[dockerfile]
  const text = ready === undefined ? found : `FROM ${ready}\n`
  const facts = text === undefined ? undefined : parseDockerfile(text, textsOf(spec.build?.args), spec.build?.target)
  const stage = facts?.target
  const isOwn = spec.build || ready !== undefined ? codeFor(tree, spec) : () => true
  const files = filesIn(tree.files.filter(isOwn), inside)
  const sources = inFolder(keepFiles(tree.sources, isOwn), inside)
  const recipe = text === undefined && ready === undefined ? findRecipe({ ...tree, sources, files }) : undefined
  const image = tree.images[ready ?? stage?.image ?? '']
  const words = commandOf({ spec, stage })
  const command = words.length > 0 || !image ? words : [...image.entrypoint, ...image.cmd]
  const place = { tree, draft, spec, dir, sources, dockerfile: posix.join(dir, dockerfile) }
  const base = { ...place, text, facts, stage, recipe, ready, image, command }
  const said = /^HEALTHCHECK\b(?:.*\\\n)*.*$/im.exec(text ?? '') ?? []
  const checks = [JSON.stringify(spec['healthcheck'] ?? ''), ...said].map((check) =>
    expand(check, { ...stage?.environment, ...textsOf(spec.environment) }),
  )
  const port = findPort({ ...base, sources: nearSources(ready === undefined ? sources : all, dockerfile), checks })
  const isFiles = servesFiles(stage?.image ?? '', command)
  const behind = draft.web ? pagesOf(tree, draft.project, draft.web) : []
  const code: Sources = draft.web
    ? Object.assign({}, ...behind.map((name) => codeOf(draft, name)))
    : nearSources(isFiles ? {} : sources, dockerfile)
  const pages = keepFiles(code, (file) => !isElsewhere(file, code[file]))
  const built = spec.build || ready !== undefined ? spec : { build: { context: posix.join(tree.root, dir) } }
  const configured = configFilesOf(tree, draft.project, built).flatMap((file) =>
    // Whatever script or supervisor starts it, nginx reads what lies there.
    isFiles || FOLDERS.test(file.path) ? { ...file, text: file.text.replaceAll(/#.*/g, '') } : [],
  )
  // One that passes some requests on may have no file for the others.
  const isAlone = isFiles && !configured.some(({ text: conf }) => PASSES.test(conf))
  const own = readPages(configured)
  const health = guessHealth(pages, { files, checks, port: port?.value, isFiles: isAlone, own })
  const tls = port !== undefined && (port.value === draft.tls || isTls(port.value))
  // A page of the web server's own comes to no program.
  return { ...base, port, tls, health: own && !own.lacks ? health : sparing(health, pages, tree.sources) }
}
const PASSES = /\b(?:proxy|fastcgi|uwsgi|scgi|grpc)_pass\b|\breverse_proxy\b|\bProxyPass/

// Whether a file may be code of a service, by its path from the folder that was read: around what is built for it, or mounted,
// lies the code of others.
const codeFor =
  ({ root, dir }: SourceTree, { build, volumes = [] }: Service) =>
  (file: string): boolean =>
    [...(build ? [{ type: 'bind', source: build['x-own'] ?? build.context }] : []), ...volumes].some(
      ({ type, source = '' }) => type === 'bind' && isWithin(posix.join(root, dir, file), source),
    )

/**
 * The sources of what a service runs, by their paths from the folder that was read: without the programs of other services of the
 * same folder, where its own command names one as well. Beside a server of files is what runs in a browser.
 */
export function codeOf({ tree, project }: Pick<Draft, 'tree' | 'project'>, service: string): Sources {
  const spec = project.services[service] ?? {}
  const stage = stageOf(tree, spec)
  const command = commandOf({ spec, stage })
  if (servesFiles(stage?.image ?? spec.image ?? '', command)) return {}
  const folder = insideOf(tree, spec.build?.context ?? '')
  const dockerfile = posix.join(folder, spec.build?.dockerfile ?? 'Dockerfile')
  const sources = nearSources(keepFiles(tree.sources, codeFor(tree, spec)), dockerfile)
  const wordsIn = (words: readonly string[]) => words.join(' ').split(/[\s/]+/)
  const own = wordsIn([withScripts(command.join(' '), sources[posix.join(folder, 'package.json')])])
  const named = Object.entries(project.services).flatMap(([name, other]) =>
    name !== service && other.build?.context === spec.build?.context
      ? wordsIn(toWords(other['command'])).filter((one) => !own.includes(one))
      : [],
  )
  const isOwn = Object.keys(sources).some((file) => own.includes(posix.basename(file)))
  // Another program of the same folder listens itself, and nothing that runs names it.
  const isOther = (file: string) =>
    /\.[cm]?[jt]s$/.test(file) &&
    /\.listen\(/.test(sources[file] ?? '') &&
    !own.some((word) => posix.parse(word).name === posix.parse(file).name) &&
    !Object.values(sources).some((text) => text.includes(`/${posix.parse(file).name}`))
  return isOwn ? keepFiles(sources, (file) => !named.includes(posix.basename(file)) && !isOther(file)) : sources
}

// In a repository of several programs, that of a Dockerfile lies beside it, where a manifest is.
function nearSources(sources: Sources, dockerfile: string): Sources {
  const folder = posix.dirname(dockerfile)
  const isProgram = Object.keys(sources).some(
    (file) => (LISTS.test(file) && posix.dirname(file) === folder) || file.startsWith(`${folder}/src/`),
  )
  if (folder === '.' || !isProgram) return sources
  return keepFiles(sources, (file) => file.startsWith(`${folder}/`))
}

function folderOf({ root, dir }: SourceTree, { build }: Service): string {
  if (!build) return dir
  const inside = posix.relative(root, build.context)
  return inside.startsWith('..') ? dir : inside || '.'
}

function findPort(
  app: Omit<App, 'port' | 'tls' | 'health'> & { checks: readonly string[] },
): Guess<number> | undefined {
  const { draft, spec, stage, image, recipe } = app
  const where = draft.where(draft.web ?? '', 'ports')
  if (app.tree.port) return { value: app.tree.port, where: 'APP_PORT' }
  if (draft.front) return { value: draft.front.port, where: draft.where(draft.front.service) }
  if (draft.tls) return { value: draft.tls, where }
  const named = [...(stage?.ports ?? []), ...(image?.ports ?? [])]
  const isServed = ({ target }: { target: number }) => !isDebugPort(target, app.command.join(' '), draft.project.text)
  const [published, ...more] = webPorts({ ...spec, ports: spec.ports?.filter(isServed) ?? [] }, named)
  // Two ports of the same kind: nothing says which is the application's.
  const others = named.includes(published ?? 0) ? [] : more.filter((one) => !isTls(one))
  // Where only the port of HTTPS was open, nginx may listen on another one as well.
  const files = isTls(published ?? 0) ? configFilesOf(app.tree, draft.project, spec) : []
  const [heard] = findAll(Object.fromEntries(files.map(({ from, text }) => [from, text])), [LISTEN])
  if (heard) return { value: Number(heard.value), where: heard.where }
  if (published) return { value: published, where, others }
  const labels = Object.entries(spec.labels ?? {}).flatMap(([name, port]) => (LABEL.test(name) ? port : []))
  const [told] = [...labels, ...(spec.expose ?? [])].map(Number).filter((one) => !isOtherPort(one))
  if (told) return { value: told, where: draft.where(draft.web ?? '', labels.length > 0 ? 'labels' : 'expose') }
  const port = guessPort(app)
  if (port) return port
  const [, plain, filled] = CHECKED.exec(app.checks.join('\n')) ?? []
  const asked = plain ?? filled
  if (asked) return { value: Number(asked), where: 'its health check' }
  const exposed = image?.ports.find((one) => !isOtherPort(one))
  if (exposed) return { value: exposed, where: `EXPOSE of ${app.ready ?? stage?.image}` }
  return recipe && { value: recipe.port, where: `usual for ${recipe.kind}` }
}

const LABEL = /^traefik\.http\.services\..*\.server\.port$/
const LISTEN = /(?:^|[;{])\s*listen\s+(?:\S+:)?(\d+)\b(?![^;]*\bssl\b)/

/** The files in a folder, by their paths from there; and the same of their texts. */
export const filesIn = (files: readonly string[], folder: string): string[] =>
  /^\.?$/.test(folder)
    ? [...files]
    : files.flatMap((file) => (isWithin(file, folder) ? posix.relative(folder, file) : []))
export const inFolder = (texts: Sources, folder: string): Sources =>
  Object.fromEntries(filesIn(Object.keys(texts), folder).map((file) => [file, texts[posix.join(folder, file)] ?? '']))
