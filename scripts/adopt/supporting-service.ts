import { posix } from 'node:path'
import { hasStandIns, standInFor } from '../image/stand-in.ts'
import { type Finding, missing, note, ok } from './finding.ts'
import type { OldService, Service, SourceTree } from './source-tree.ts'

/** The keys of a service that the release keeps as they are. */
export const KEPT =
  'command entrypoint environment user working_dir healthcheck tmpfs shm_size stop_signal stop_grace_period cap_add sysctls extra_hosts hostname mem_limit ulimits'.split(
    ' ',
  )
// The release sets these itself, or they concern only the build or development.
const DROPPED =
  'image build ports volumes secrets configs depends_on networks restart container_name links expose labels logging deploy profiles pull_policy init develop memswap_limit cap_drop security_opt read_only env_file stdin_open tty'.split(
    ' ',
  )

/** The lines for the image of a supporting service, and what the user has to do for it. `web` becomes app. */
export function adoptImage({ tree, project, service, spec }: OldService, web: Service) {
  const { images, lock } = tree
  const { build, image } = spec
  if ((build && sameBuild(build, web.build)) || (!build && image !== undefined && image === web.image))
    return {
      lines: { image: `\${APP_IMAGE:?}`, pull_policy: 'never' },
      finding: ok(service, 'it runs the image of app, and each deploy replaces both'),
    }
  if (!build) {
    const name = image ?? ''
    const pull = `docker pull ${name}`
    const finding = images[name]
      ? ok(service, `${name}, on this engine`)
      : standInFor(name, lock)
        ? ok(service, `${name}: a stand-in is built where no registry answers`)
        : hasStandIns(lock)
          ? missing(service, `${name} is not on this engine, and no registry answered`, `${pull}   (or docker load)`)
          : note(service, `${name} is not on this engine`, pull)
    return { lines: { image }, finding }
  }
  const built = image ?? `${project.name}-${service}`
  return {
    lines: { image: built, pull_policy: 'never' },
    finding: missing(
      service,
      `it has its own image (${built}), which make build does not build`,
      `docker compose -f ${project.file} build ${service}   (after each change, before make deploy)`,
    ),
  }
}

/** The snapshot hook of a service that keeps its data in memory: the file in its volume is as old as its last save. */
export function memoryHook({ tree, service, spec }: OldService) {
  if (!/(^|\/)(redis|valkey)([:@/]|$)/.test(spec.image ?? '')) return undefined
  const line = [...toWords(spec['command']), ...mountedTexts(tree, spec)].join('\n')
  if (/appendonly\s+["']?yes/.test(line)) return undefined
  if (/^[^#]*requirepass/m.test(line))
    return {
      finding: note(
        service,
        'it keeps data in memory and requires a password',
        'a snapshot holds only its last save: add --appendonly yes, which writes each change',
      ),
    }
  // If the service does not run, the hook copies its last save. It uses no $, which Compose would read as a variable.
  const copy = `if getent hosts ${service} >&2; then redis-cli -h ${service} --rdb /snapshot/dump.rdb >&2; elif [ -e /data/dump.rdb ]; then cp /data/dump.rdb /snapshot/; fi`
  const say = (file: string) => `cat ${file} 2>/dev/null | sha256sum | sed 's/^\\([0-9a-f]*\\).*/{"rdb":"\\1"}/'`
  return {
    lines: {
      'x-snapshot': {
        copy: ['sh', '-c', `${copy} && ${say('/snapshot/dump.rdb')}`],
        describe: ['sh', '-c', say('/data/dump.rdb')],
      },
    },
    finding: ok(service, 'it keeps data in memory: a snapshot fetches it from the service (x-snapshot)'),
  }
}

// The text of those mounted files that make adopt read.
const mountedTexts = ({ root, dir, sources }: SourceTree, { volumes = [] }: Service) =>
  volumes.flatMap(({ source = '' }) => sources[posix.relative(posix.join(root, dir), source)] ?? [])
const sameBuild = (one: Service['build'], other: Service['build']) =>
  other !== undefined &&
  one?.context === other.context &&
  (one.dockerfile ?? 'Dockerfile') === (other.dockerfile ?? 'Dockerfile') &&
  one.target === other.target

/** Names the dropped keys of a service that the user may miss. `web` is app for the web service, else undefined. */
export function droppedFindings(service: string, spec: Service, web: string | undefined): Finding[] {
  const left = Object.keys(spec).filter(
    (key) => !KEPT.includes(key) && !DROPPED.includes(key) && !key.startsWith('x-') && spec[key] !== null,
  )
  const ports = (spec.ports ?? []).map(({ published, target }) => published ?? target)
  const ends = spec['restart'] === 'no'
  return [
    ...(left.length > 0
      ? [
          missing(
            service,
            `${left.join(', ')}: left out`,
            `read what they allow, then add those that ${web ?? service} needs`,
          ),
        ]
      : []),
    ...(ports.length > 0 && web === undefined
      ? [
          note(
            service,
            `its port ${ports.join(', ')} is not published`,
            `to reach it through the proxy, set x-route on ${service}; from this host, set ports: ["127.0.0.1:PORT:PORT"]`,
          ),
        ]
      : []),
    ...(ends
      ? [
          missing(
            service,
            'it exits when it is done (restart: "no"), but the services of a release must keep running',
            'let the application do that work when it starts, or run it by hand: make shell',
          ),
        ]
      : []),
  ]
}

/** Gives a command as a list of words. */
export const toWords = (command: unknown) =>
  Array.isArray(command) ? command.map(String) : typeof command === 'string' ? [command] : []
