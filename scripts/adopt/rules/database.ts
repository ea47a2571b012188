import { plainImageName } from '../../docker/image-name.ts'
import type { DatabaseServer } from '../../release/snapshot-presets.ts'
import { configFilesOf } from '../config-files.ts'
import { type Old, type Part, type Server, type ServiceRule, toWords } from '../draft.ts'
import { type Finding, listFindings, missing, note, ok } from '../finding.ts'
import { fatesOf } from '../mounts.ts'

/** Gives a server of data the hook by which a snapshot holds what it has, and not only what its files had. */
export const databaseRule: ServiceRule = (old) => {
  const server = old.isWeb ? undefined : old.server
  if (!server) return keeper(old) ?? (old.isWeb ? undefined : lookalike(old))
  const limit = old.spec['mem_limit']
    ? {}
    : { mem_limit: `\${APP_DATABASE_MEMORY:-1g}`, memswap_limit: `\${APP_DATABASE_MEMORY:-1g}` }
  const hook = hookOf(old, server)
  const check =
    server.kind !== 'other' && !old.spec['healthcheck'] && !old.stage?.healthcheck ? CHECKS[server.kind] : undefined
  const lines = check === undefined ? {} : { healthcheck: { test: ['CMD-SHELL', check], ...OFTEN } }
  return { lines: { ...limit, ...lines, ...hook.lines }, findings: hook.findings ?? [] }
}

// What keeps data in a volume without being one of the servers that are known by their protocol.
function keeper(old: Old): Part | undefined {
  const { service, spec, stage, where } = old
  const volumes = fatesOf(old).filter(({ fate }) => fate === 'volume' || fate === 'data')
  if (volumes.length === 0 && !stage?.volumes.length) return undefined
  const values = Object.entries({ ...stage?.environment, ...spec.environment })
  const [sqlite] = values.filter(([, value]) => /\.(sqlite3?|db)(\?|$)|^sqlite/.test(value ?? ''))
  const name = plainImageName(spec.build ? (stage?.image ?? '') : (spec.image ?? ''))
  if (sqlite)
    return {
      findings: [
        note(
          service,
          `SQLite (${sqlite[0]}): a snapshot pauses the service while it copies the file`,
          `add x-snapshot: sqlite to ${old.isWeb ? 'app' : service}: then SQLite copies it, without a pause (docs/guides/databases.md)`,
          { where: where(service, 'environment'), confidence: 'likely' },
        ),
      ],
    }
  if (!KEEPERS.test(name)) return undefined
  return {
    findings: [
      note(
        service,
        `it keeps data (${name}) without a hook: a snapshot pauses it, and has its files as after a power cut`,
        'write x-snapshot for it, if it can copy its data while it runs (docs/guides/databases.md)',
        { where: where(service, 'image'), confidence: 'likely' },
      ),
    ],
  }
}
const KEEPERS =
  /^(minio|nats|kafka|cp-kafka|redpanda|zookeeper|etcd|consul|qdrant|weaviate|typesense|solr|keydb|dragonfly|cockroach|scylla|arangodb|questdb|victoria-metrics|prometheus|loki|vault|surrealdb|memgraph|timescaledb-ha)$/

// An image that nobody has seen, with the name of a server in its own.
function lookalike({ tree, service, spec, where }: Old): Part | undefined {
  const name = plainImageName(spec.image ?? '')
  const kind = LOOKS.exec(name)?.[2]
  if (spec.build || !kind || CLIENTS.test(name) || tree.images[spec.image ?? '']) return undefined
  const next = `docker pull ${spec.image}, and run this again; or set x-snapshot and a volume for its data (docs/guides/databases.md)`
  const ground = { where: where(service, 'image'), confidence: 'guess' } as const
  return {
    findings: [
      missing(
        service,
        `it looks like ${kind}, and nobody has seen its image: what it keeps is in no snapshot`,
        next,
        ground,
      ),
    ],
  }
}
const LOOKS = /(^|[-_])(mongo(?:db)?|postgres(?:ql)?|mysql|mariadb|redis|valkey)(?=[-_]|$)/
const CLIENTS = /express|admin|exporter|commander|insight|client|backup|-ui|-web/

// The application starts once the server answers, over TCP: while the official images set a server up, it has only a socket.
const CHECKS: Readonly<Record<DatabaseServer, string>> = {
  redis: 'redis-cli ping | grep -q -e PONG -e NOAUTH',
  valkey: 'valkey-cli ping | grep -q -e PONG -e NOAUTH',
  postgresql: 'pg_isready --quiet --host 127.0.0.1',
  mariadb: 'mariadb-admin --host 127.0.0.1 --silent ping || mysqladmin --host 127.0.0.1 --silent ping',
  mysql: 'mysqladmin --host 127.0.0.1 --silent ping',
  mongodb: `mongosh --quiet --eval 'db.adminCommand("ping")' || mongo --quiet --eval 'db.adminCommand("ping")'`,
}
const OFTEN = { interval: '5s', timeout: '5s', retries: 5, start_period: '120s', start_interval: '500ms' }

function hookOf(old: Old, server: Server): Part {
  const { service, where } = old
  const ground = {
    where: where(service),
    confidence: server.because.startsWith('the name') ? 'likely' : 'stated',
  } as const
  const volumes = fatesOf(old).filter(({ fate, target }) => (fate === 'volume' || fate === 'data') && target !== '')
  if (server.kind === 'other')
    return {
      findings: [
        note(
          service,
          `a server of data (${server.because}) without a hook: a snapshot pauses it, and has its files as after a power cut`,
          'write x-snapshot for it, if it can copy its data while it runs (docs/guides/databases.md)',
          ground,
        ),
      ],
    }
  if (isOnDisk(old, server))
    return {
      findings: [ok(service, `${server.kind} (${server.because}): it writes each change to its volume`, ground)],
    }
  const given = Object.entries(old.spec.environment ?? {})
  const copy = given.find(([key, value]) => /_(REPLICA_SET|REPLICATION)_MODE$/.test(key) && COPIES.test(value ?? ''))
  if (copy)
    return {
      findings: [
        note(
          service,
          `${server.kind}, ${copy[0]}=${copy[1]}: a copy of another server, so it gets no hook`,
          'nothing to do where the other one has a hook: this one copies its data from there',
          ground,
        ),
      ],
    }
  const [other, official = ''] = OTHER_NAMES[server.kind] ?? []
  const [foreign] = given.filter(([key]) => other?.test(key)).map(([key]) => key)
  const said: Finding[] = [
    ...listFindings(
      foreign !== undefined &&
        !given.some(([key]) => official.includes(key.replace(/_FILE$/, ''))) &&
        missing(
          service,
          `its password is in ${foreign}, which the hook does not read`,
          `give it ${official}, too, with the same values`,
          { where: where(service, 'environment') },
        ),
    ),
    ok(service, `${server.kind} (${server.because}): a snapshot asks it for its data (x-snapshot)`, ground),
  ]
  if (volumes.length > 1) {
    const [first] = volumes.filter(({ target }) => target.startsWith(server.data)).concat(volumes)
    const volume = first?.source && first.fate === 'volume' ? first.source : undefined
    if (volume)
      said.push(
        note(
          service,
          `it has ${volumes.length} volumes`,
          `the hook saves ${volume}; the others are copied as files`,
          ground,
        ),
      )
  }
  return { lines: { 'x-snapshot': server.kind }, findings: said }
}

const COPIES = /^(secondary|arbiter|hidden|slave|replica)$/
// Bitnami's images have other variables than the official ones, which the hooks read.
const OTHER_NAMES: Partial<Record<DatabaseServer, readonly [RegExp, string]>> = {
  mongodb: [/^MONGODB_ROOT_PASSWORD(_FILE)?$/, 'MONGO_INITDB_ROOT_USERNAME and MONGO_INITDB_ROOT_PASSWORD'],
  postgresql: [/^POSTGRESQL_(POSTGRES_)?PASSWORD(_FILE)?$/, 'POSTGRES_USER and POSTGRES_PASSWORD'],
}

// Redis with an append-only file loses nothing that it has answered.
function isOnDisk({ tree, project, spec }: Old, { kind }: Server): boolean {
  if (kind !== 'redis' && kind !== 'valkey') return false
  const text = [
    toWords(spec['command']).join(' '),
    ...configFilesOf(tree, project, spec).map((file) => file.text),
  ].join('\n')
  return /^[^#]*appendonly\s+["']?yes/m.test(text)
}
