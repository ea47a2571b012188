import { posix } from 'node:path'
import { type DockerfileFacts, parseDockerfile, type Stage } from '../image/dockerfile.ts'
import { expand } from '../image/expand.ts'
import { codeFor, codeOf, filesIn, inFolder, nearSources, ownSources } from './app-code.ts'
import { dockerfileOf } from './build.ts'
import { CHECKED, withPort } from './checked.ts'
import { configFilesOf, heardBy } from './config-files.ts'
import { commandOf, type Draft, type Part } from './draft.ts'
import { pagesOf } from './front.ts'
import { findAll, type Guess, isElsewhere, isWebServer, keepFiles, type Sources, servesFiles } from './guess.ts'
import { guessHealth, type Health } from './health.ts'
import { guessPort, isDebugPort, isOtherPort, isTls } from './listening.ts'
import { FOLDERS } from './nginx.ts'
import { readPages } from './nginx-pages.ts'
import { findRecipe, type Recipe } from './recipe.ts'
import { type ImageFacts, namesOf, type Service, type SourceTree, textsOf } from './source-tree.ts'
import { sparing, withinLimits } from './spared.ts'
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
  const sources = ownSources(inFolder(keepFiles(tree.sources, isOwn), inside), dockerfile)
  const recipe = text === undefined && ready === undefined ? findRecipe({ ...tree, sources, files }) : undefined
  const image = tree.images[ready ?? stage?.image ?? '']
  const words = commandOf({ spec, stage })
  const command = words.length > 0 || !image ? words : [...image.entrypoint, ...image.cmd]
  const place = { tree, draft, spec, dir, sources, dockerfile: posix.join(dir, dockerfile) }
  const base = { ...place, text, facts, stage, recipe, ready, image, command }
  const said = /^HEALTHCHECK\b(?:.*\\\n)*.*$/im.exec(text ?? '') ?? []
  const checks = [JSON.stringify(spec['healthcheck'] ?? ''), ...said].map((check) =>
    withPort(expand(check, { ...stage?.environment, ...textsOf(spec.environment) })),
  )
  const port = findPort({ ...base, sources: nearSources(ready === undefined ? sources : all, dockerfile), checks })
  const isFiles = servesFiles(stage?.image ?? '', words)
  const behind = draft.web ? pagesOf(tree, draft.project, draft.web) : []
  const code: Sources = draft.web
    ? Object.assign({}, ...behind.map((name) => codeOf(draft, name)))
    : nearSources(isFiles ? {} : sources, dockerfile)
  const pages = keepFiles(code, (file) => !isElsewhere(file, code[file]))
  const built = spec.build || ready !== undefined ? spec : { build: { context: posix.join(tree.root, dir) } }
  const configured = configFilesOf(tree, draft.project, built).flatMap((file) =>
    // Whatever script or supervisor starts it, nginx reads what lies there.
    isFiles || (FOLDERS.test(file.path) && isHeardAt(file.text, port?.value))
      ? { ...file, text: file.text.replaceAll(/#.*/g, '') }
      : [],
  )
  // One that passes some requests on may have no file for the others.
  const isAlone = isFiles && !configured.some(({ text: conf }) => PASSES.test(conf))
  const own = readPages(configured)
  // Below the folder of the pages, what lies there has another path; and of a home that is passed on, no page is its own.
  const isBelow =
    spec.volumes?.some(({ type, target }) => type === 'bind' && BELOW.test(target)) ||
    configured.some(({ text: conf }) => HOME.test(conf))
  const health = guessHealth(pages, { files: isBelow ? [] : files, checks, port: port?.value, isFiles: isAlone, own })
  const secured = new RegExp(String.raw`\blisten\s+(?:\S+:)?${port?.value}\s[^;]*\bssl\b`)
  const isSecured = port?.value === draft.tls || configured.some(({ text: conf }) => secured.test(conf))
  const tls = port !== undefined && (isSecured || isTls(port.value) || speaksTls({ ...base, checks }, port.value))
  // A page of the web server's own comes to no program.
  const spared = own && !own.lacks ? health : sparing(health, pages, tree.sources)
  return { ...base, port, tls, health: withinLimits(spared, configured) }
}
// Where the program has a port of its own, what nginx says at another one is no page of it.
const isHeardAt = (conf: string, port: number | undefined) => {
  const heard = [...conf.matchAll(/^\s*listen\s+(?:\S+:)?(\d+)\b/gm)].map(([, one]) => Number(one))
  return port === undefined || heard.length === 0 || heard.includes(port)
}
// Whether its own check or another service asks it by HTTPS at that port, or it runs with a certificate.
function speaksTls(app: Pick<App, 'draft' | 'command' | 'sources'> & Checked, port: number): boolean {
  const { project, web = '' } = app.draft
  const names = namesOf(project, web).map((name) => name.replaceAll(/\W/g, '\\$&'))
  const others = Object.entries(project.services).flatMap(([name, { environment }]) =>
    name === web ? [] : Object.values(textsOf(environment)),
  )
  const asked = new RegExp(`https://(localhost|127\\.0\\.0\\.1|0\\.0\\.0\\.0):${port}\\b`)
  const called = new RegExp(`https://(${names.join('|')}):${port}\\b`)
  const daphne = new RegExp(`^(?!\\s*[#;]).*\\bdaphne\\b.*\\bssl:${port}:`, 'm')
  const line = app.command.join(' ')
  return (
    app.checks.some((check) => asked.test(check)) ||
    (web !== '' && others.some((value) => called.test(value))) ||
    [line, ...Object.values(app.sources)].some((text) => daphne.test(text)) ||
    Object.entries(app.sources).some(([file, text]) => SECURED.test(text) && line.includes(posix.basename(file))) ||
    CERTIFIED.test(line)
  )
}
type Checked = { readonly checks: readonly string[] }
// A server of Flask for development has a certificate of its own.
const SECURED = /\.run\([^)]*\bssl_context\s*=(?!\s*None)/
// uvicorn, gunicorn and hypercorn.
const CERTIFIED = /\b(?:uvicorn|gunicorn|hypercorn)\b.*\s--(?:ssl-)?certfile\b/
const BELOW = /^\/(var\/www\/html|usr\/share\/nginx\/html|usr\/local\/apache2\/htdocs)\/\w+$/
const HOME = /\blocation\s+\/\s*\{[^{}]*\b(?:proxy|fastcgi|uwsgi|scgi|grpc)_pass\b/
const PASSES = /\b(?:proxy|fastcgi|uwsgi|scgi|grpc)_pass\b|\breverse_proxy\b|\bProxyPass/

function folderOf({ root, dir }: SourceTree, { build }: Service): string {
  if (!build) return dir
  const inside = posix.relative(root, build.context)
  return inside.startsWith('..') ? dir : inside || '.'
}

function findPort(app: Omit<App, 'port' | 'tls' | 'health'> & Checked): Guess<number> | undefined {
  const { draft, spec, stage, image, recipe } = app
  const where = draft.where(draft.web ?? '', 'ports')
  if (app.tree.port) return { value: app.tree.port, where: 'APP_PORT' }
  if (draft.front) return { value: draft.front.port, where: draft.where(draft.front.service) }
  if (draft.tls) return { value: draft.tls, where }
  const named = [...(stage?.ports ?? []), ...(image?.ports ?? [])]
  const isServed = ({ target }: { target: number }) => !isDebugPort(target, app.command.join(' '), draft.project.text)
  // ASP.NET may listen on one port for HTTPS, and on another one for HTTP.
  const urls = textsOf({ ...stage?.environment, ...spec.environment })['ASPNETCORE_URLS'] ?? ''
  const isPlain = ({ target }: { target: number }) => new RegExp(`\\bhttp://[^;]*:${target}\\b`).test(urls)
  const open = spec.ports?.filter(isServed) ?? []
  const ports = open.some(isPlain) ? open.filter(isPlain) : open
  const all = webPorts({ ...spec, ports }, named)
  const listened = isWebServer(stage?.image ?? spec.image ?? '') ? heardBy({ ...app, project: draft.project }) : []
  const answered = all.filter((one) => listened.includes(one))
  const [published, ...more] = answered.length > 0 ? answered : all
  // Two ports of the same kind: nothing says which is the application's.
  const others = named.includes(published ?? 0) ? [] : more.filter((one) => !isTls(one))
  // Where only the port of HTTPS was open, nginx may listen on another one as well; so it does where none that is open is its own.
  const isDeaf = listened.length > 0 && answered.length === 0
  const files = isTls(published ?? 0) || isDeaf ? configFilesOf(app.tree, draft.project, spec) : []
  const own = files.filter(({ path }) => FOLDERS.test(path)).map(({ from, text }) => [from, text])
  const [heard] = findAll(Object.fromEntries(own), [LISTEN])
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
