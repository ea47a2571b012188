import { posix } from 'node:path'
import type { Variables } from '../config/settings.ts'
import { APP, GUARD, PROXY } from '../docker/compose-model.ts'
import { imageOf, inMemory, KEPT, oddities, toWords } from './companion.ts'
import { partEnvironment } from './environment.ts'
import { type Finding, type Found, missing, note, ok, type Project, type Service } from './found.ts'
import { findFront } from './front.ts'
import { guessHealth } from './guess.ts'
import { type Copy, partMounts } from './mounts.ts'
import { type Files, filesOf, partFiles } from './secrets.ts'

/** What of a Compose project goes into the release, as a second Compose file. */
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
export function adoptServices(found: Found, project: Project, name: string): Adopted {
  const { services } = project
  const front = findFront(found, project)
  const rest = Object.entries(services).filter(([service]) => service !== front?.service)
  const web = findWeb(found, rest, front?.web)
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
  const files = partFiles(found, project)
  findings.push(...files.findings)
  const adopted: Record<string, object> = {}
  const volumes: Record<string, object | null> = {}
  let secrets: Variables = {}
  const copies: Copy[] = []
  for (const [service, spec] of rest) {
    const isWeb = service === webName
    const mounts = partMounts(found, project, service, spec, name)
    const { open, secret, findings: said } = partEnvironment(service, spec.environment ?? {}, project, secrets)
    secrets = { ...secrets, ...secret }
    Object.assign(volumes, mounts.volumes)
    copies.push(...mounts.copies)
    findings.push(...said, ...mounts.findings, ...oddities(service, spec, isWeb ? APP : undefined))
    const given = Object.fromEntries(
      KEPT.flatMap((key) => (spec[key] === null || spec[key] === undefined ? [] : [[key, spec[key]]])),
    )
    const target = isWeb ? APP : TAKEN.includes(service) ? `${service}-service` : service
    const alias = target === service ? {} : { networks: { default: { aliases: [service] } } }
    const image = isWeb ? undefined : imageOf(found, project, service, spec, webService)
    if (image?.finding) findings.push(image.finding)
    const memory = isWeb ? undefined : inMemory(found, service, spec)
    if (memory?.finding) findings.push(memory.finding)
    const route = front?.routes.find((one) => one.service === service)
    const health = route && healthOf(found, spec, route.path)
    if (route)
      findings.push(
        note(
          service,
          `it is asked at ${health}, to know whether it is well`,
          `another path: health in x-route of ${service}`,
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
    dir: isInside(found, webService) ? posix.relative(found.root, webService.build?.context ?? '') : undefined,
    port: front?.port ?? webService.ports?.[0]?.target,
    command: toWords(webService['command']),
    checks: [JSON.stringify(webService['healthcheck'] ?? '')],
    ...{ services: adopted, volumes, secrets, files, copies, findings },
  }
}

// What its own code says, where that lies below the path that leads to it.
function healthOf({ root, dir, sources }: Found, { build }: Service, path: string): string {
  const folder = build ? posix.relative(posix.join(root, dir), build.context) : '..'
  const own = Object.entries(sources).filter(([file]) => file.startsWith(`${folder}/`))
  const found = guessHealth(Object.fromEntries(own), [])?.value
  return found?.startsWith(path) ? found : path
}

const isInside = ({ root }: Found, { build }: Service) => build?.context.startsWith(`${root}/`) === true

// The one that the web server passes on to; otherwise the one that publishes a port, or whose name says so.
function findWeb(
  { root, dir }: Found,
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
            `it is called ${dockerfile}`,
            `make build reads Dockerfile: cp ${dockerfile} Dockerfile, in that folder`,
          ),
        ]),
    ...(target === undefined
      ? []
      : [
          note(
            'Dockerfile',
            `the Compose file stops at its stage ${target}`,
            'make build builds the last stage: let that be the one to serve',
          ),
        ]),
    ...(args && Object.keys(args).length > 0
      ? [
          note(
            'Dockerfile',
            `the Compose file gives it ${Object.keys(args).join(', ')}`,
            'make build does not: write them as defaults of its ARGs',
          ),
        ]
      : []),
  ]
}
