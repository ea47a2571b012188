import { posix } from 'node:path'
import type { Variables } from '../config/settings.ts'
import { APP, GUARD, PROXY } from '../docker/compose-model.ts'
import { splitEnvironment } from './environment.ts'
import { type Finding, listFindings, note, ok } from './finding.ts'
import { type Front, findFront } from './front-server.ts'
import { guessHealth } from './guess.ts'
import { type Copy, splitMounts } from './mounts.ts'
import { type Files, filesOf, splitFiles } from './secrets.ts'
import type { OldService, Project, Service, SourceTree } from './source-tree.ts'
import { adoptImage, droppedFindings, KEPT, memoryHook, toWords } from './supporting-service.ts'
import { findWeb, type WebService, webFindings } from './web-service.ts'

/** The parts of a Compose project that go into the release, as a second Compose file. */
export type Adopted = {
  /** The folder, inside the checkout, of the image that the toolkit builds; undefined if no service builds one. */
  readonly dir: string | undefined
  readonly port: number | undefined
  readonly command: readonly string[]
  readonly checks: readonly string[]
  readonly services: Readonly<Record<string, object>>
  readonly volumes: Readonly<Record<string, object | null>>
  readonly secrets: Variables
  readonly files: Files
  readonly copies: readonly Copy[]
  readonly findings: readonly Finding[]
}

/** Takes a Compose project over into one release. `name` is the project name of the release. */
export function adoptServices(tree: SourceTree, project: Project, name: string): Adopted {
  const front = findFront(tree, project)
  const services = Object.entries(project.services).filter(([service]) => service !== front?.service)
  const web = findWeb(tree, services, front?.web)
  const files = splitFiles(tree, project)
  const parts: Part[] = []
  let secrets: Variables = {}
  for (const [service, spec] of services) {
    const part = adoptService({ tree, project, service, spec, name, front, web, files, known: secrets })
    secrets = { ...secrets, ...part.secrets }
    parts.push(part)
  }
  const spec = web?.spec ?? {}
  return {
    dir: isInside(tree, spec) ? posix.relative(tree.root, spec.build?.context ?? '') || '.' : undefined,
    port: front?.port ?? spec.ports?.[0]?.target,
    command: toWords(spec['command']),
    checks: [JSON.stringify(spec['healthcheck'] ?? '')],
    services: Object.fromEntries(parts.map(({ target, definition }) => [target, definition])),
    volumes: Object.assign({}, ...parts.map(({ volumes }) => volumes)),
    secrets,
    files,
    copies: parts.flatMap(({ copies }) => copies),
    findings: [
      ok('compose', `${project.file}: ${Object.keys(project.services).join(', ')}`),
      ...(front?.findings ?? []),
      ...webFindings(web),
      ...files.findings,
      ...parts.flatMap(({ findings }) => findings),
    ],
  }
}

type Adopting = OldService & {
  readonly front: Front | undefined
  readonly web: WebService | undefined
  readonly files: Files
  /** The secrets of the services before this one: two different values cannot share a name. */
  readonly known: Variables
}
type Part = Pick<Adopted, 'volumes' | 'secrets' | 'copies' | 'findings'> & {
  /** The name of the service in the release. */
  readonly target: string
  readonly definition: object
}

function adoptService(old: Adopting): Part {
  const { tree, project, service, spec, front, web, files, known } = old
  const isWeb = service === web?.service
  const { mounts, volumes, copies, findings } = splitMounts(old)
  const { open, secret, findings: said } = splitEnvironment(service, spec.environment ?? {}, project, known)
  const image = isWeb ? undefined : adoptImage(old, web?.spec ?? {})
  const memory = isWeb ? undefined : memoryHook(old)
  const route = routeOf(tree, front, service, spec)
  const target = targetOf(service, isWeb)
  return {
    target,
    definition: {
      ...(isWeb ? {} : { extends: { file: `\${TOOLKIT_COMPOSE:-.}/beside.yaml`, service: 'beside' }, ...image?.lines }),
      ...keptLines(spec),
      environment: Object.keys(open).length > 0 ? open : undefined,
      ...filesOf(spec, files),
      memswap_limit: spec['mem_limit'] ?? undefined,
      ...(target === service ? {} : { networks: { default: { aliases: [service] } } }),
      ...(mounts.length > 0 ? { volumes: mounts, ...memory?.lines } : {}),
      ...(route ? { 'x-route': route } : {}),
    },
    ...{ volumes, secrets: secret, copies },
    findings: [
      ...[...said, ...findings, ...droppedFindings(service, spec, isWeb ? APP : undefined)],
      ...listFindings(image?.finding, memory?.finding, route && routeFinding(service, route.health)),
    ],
  }
}

const keptLines = (spec: Service) =>
  Object.fromEntries(KEPT.flatMap((key) => (spec[key] === null || spec[key] === undefined ? [] : [[key, spec[key]]])))

const TAKEN = [APP, PROXY, GUARD]
// A service gets another name if the toolkit uses its name for a service of its own.
function targetOf(service: string, isWeb: boolean): string {
  if (isWeb) return APP
  return TAKEN.includes(service) ? `${service}-service` : service
}

function routeOf(tree: SourceTree, front: Front | undefined, service: string, spec: Service) {
  const route = front?.routes.find((one) => one.service === service)
  return route && { path: route.path, port: route.port, health: healthOf(tree, spec, route.path) }
}

const routeFinding = (service: string, health: string) =>
  note(service, `the proxy checks its health at ${health}`, `for another path, set health in x-route of ${service}`)

// The health path that the service's own code names, if it lies below the path of the route; otherwise that path.
function healthOf({ root, dir, sources }: SourceTree, { build }: Service, path: string): string {
  const folder = build ? posix.relative(posix.join(root, dir), build.context) : '..'
  const own = Object.entries(sources).filter(([file]) => file.startsWith(`${folder}/`))
  const found = guessHealth(Object.fromEntries(own), [])?.value
  return found?.startsWith(path) ? found : path
}

const isInside = ({ root }: SourceTree, { build }: Service) =>
  build !== undefined && `${build.context}/`.startsWith(`${root}/`)
