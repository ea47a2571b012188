import { posix } from 'node:path'
import type { Variables } from '../config/settings.ts'
import { APP, GUARD, PROXY } from '../docker/compose-model.ts'
import { splitEnvironment } from './environment.ts'
import { type Finding, missing, note, ok } from './finding.ts'
import { findFront } from './front-server.ts'
import { guessHealth } from './guess.ts'
import { type Copy, splitMounts } from './mounts.ts'
import { type Files, filesOf, splitFiles } from './secrets.ts'
import type { Project, Service, SourceTree } from './source-tree.ts'
import { droppedFindings, imageOf, KEPT, memoryHook, toWords } from './supporting-service.ts'

/** The parts of a Compose project that go into the release, as a second Compose file. */
export type Adopted = {
  /** The folder of the image that the toolkit builds, inside the checkout; undefined where no service builds one. */
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

const TAKEN = [APP, PROXY, GUARD]
/** Takes a Compose project over into one release: `name` is that of the application. */
export function adoptServices(tree: SourceTree, project: Project, name: string): Adopted {
  const { services } = project
  const front = findFront(tree, project)
  const rest = Object.entries(services).filter(([service]) => service !== front?.service)
  const web = findWeb(tree, rest, front?.web)
  const [webName, webService] = web ?? ['', {}]
  const findings: Finding[] = [
    ok('compose', `${project.file}: ${Object.keys(services).join(', ')}`),
    ...(front?.findings ?? []),
    web
      ? ok('web', `service ${webName} becomes service app; the others still reach it as ${webName}`)
      : missing(
          'web',
          'no service builds an image',
          'set APP_DIR to the folder with the Dockerfile of the web process',
        ),
    ...buildFindings(webService),
  ]
  const files = splitFiles(tree, project)
  findings.push(...files.findings)
  const adopted: Record<string, object> = {}
  const volumes: Record<string, object | null> = {}
  let secrets: Variables = {}
  const copies: Copy[] = []
  for (const [service, spec] of rest) {
    const isWeb = service === webName
    const mounts = splitMounts(tree, project, service, spec, name)
    const { open, secret, findings: said } = splitEnvironment(service, spec.environment ?? {}, project, secrets)
    secrets = { ...secrets, ...secret }
    Object.assign(volumes, mounts.volumes)
    copies.push(...mounts.copies)
    findings.push(...said, ...mounts.findings, ...droppedFindings(service, spec, isWeb ? APP : undefined))
    const given = Object.fromEntries(
      KEPT.flatMap((key) => (spec[key] === null || spec[key] === undefined ? [] : [[key, spec[key]]])),
    )
    const target = isWeb ? APP : TAKEN.includes(service) ? `${service}-service` : service
    const alias = target === service ? {} : { networks: { default: { aliases: [service] } } }
    const image = isWeb ? undefined : imageOf(tree, project, service, spec, webService)
    if (image?.finding) findings.push(image.finding)
    const memory = isWeb ? undefined : memoryHook(tree, service, spec)
    if (memory?.finding) findings.push(memory.finding)
    const route = front?.routes.find((one) => one.service === service)
    const health = route && healthOf(tree, spec, route.path)
    if (route)
      findings.push(
        note(
          service,
          `the proxy checks its health at ${health}`,
          `for another path, set health in x-route of ${service}`,
        ),
      )
    adopted[target] = {
      ...(isWeb ? {} : { extends: { file: 'beside.yaml', service: 'beside' }, ...image?.lines }),
      ...given,
      environment: Object.keys(open).length > 0 ? open : undefined,
      ...filesOf(spec, files),
      memswap_limit: spec['mem_limit'] ?? undefined,
      ...alias,
      ...(mounts.mounts.length > 0 ? { volumes: mounts.mounts, ...memory?.lines } : {}),
      ...(route ? { 'x-route': { path: route.path, port: route.port, health } } : {}),
    }
  }
  return {
    dir: isInside(tree, webService) ? posix.relative(tree.root, webService.build?.context ?? '') : undefined,
    port: front?.port ?? webService.ports?.[0]?.target,
    command: toWords(webService['command']),
    checks: [JSON.stringify(webService['healthcheck'] ?? '')],
    ...{ services: adopted, volumes, secrets, files, copies, findings },
  }
}

// The health path in its own code, if it lies below the path of its route.
function healthOf({ root, dir, sources }: SourceTree, { build }: Service, path: string): string {
  const folder = build ? posix.relative(posix.join(root, dir), build.context) : '..'
  const own = Object.entries(sources).filter(([file]) => file.startsWith(`${folder}/`))
  const found = guessHealth(Object.fromEntries(own), [])?.value
  return found?.startsWith(path) ? found : path
}

const isInside = ({ root }: SourceTree, { build }: Service) => build?.context.startsWith(`${root}/`) === true

// The service that the web server passes requests to; otherwise one that publishes a port, or has a usual name.
function findWeb(
  { root, dir }: SourceTree,
  services: readonly (readonly [string, Service])[],
  passedTo: string | undefined,
) {
  const built = services.filter(([, { build }]) => build)
  const rank = ([name, { ports = [], build }]: readonly [string, Service]) =>
    (name === passedTo ? 8 : 0) +
    (ports.length > 0 ? 4 : 0) +
    (/^(web|app|www|server|site|api|backend)/.test(name) ? 2 : 0) +
    (build?.context === posix.join(root, dir) ? 1 : 0)
  return built.toSorted((a, b) => rank(b) - rank(a))[0]
}

function buildFindings({ build }: Service): Finding[] {
  const { dockerfile = 'Dockerfile', target, args } = build ?? {}
  return [
    ...(dockerfile === 'Dockerfile'
      ? []
      : [
          missing(
            'Dockerfile',
            `its name is ${dockerfile}`,
            `make build reads Dockerfile: cp ${dockerfile} Dockerfile, in that folder`,
          ),
        ]),
    ...(target === undefined
      ? []
      : [
          note(
            'Dockerfile',
            `the Compose file builds its stage ${target}`,
            'make build builds the last stage: move the stage that serves to the end',
          ),
        ]),
    ...(args && Object.keys(args).length > 0
      ? [
          note(
            'Dockerfile',
            `the Compose file passes it the arguments ${Object.keys(args).join(', ')}`,
            'make build does not pass them: write them as defaults of its ARGs',
          ),
        ]
      : []),
  ]
}
