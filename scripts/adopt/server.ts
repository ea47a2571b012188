import { stageOf } from './build.ts'
import { toWords } from './draft.ts'
import type { ImageFacts, Project, SourceTree } from './source-tree.ts'

/** A server of data whose snapshots need a hook, by the name that `x-snapshot` has for it. */
export type ServerKind = 'redis' | 'valkey' | 'postgresql' | 'mariadb' | 'mysql' | 'mongodb'
/** Such a server, and what gives it away. */
export type Server = {
  readonly kind: ServerKind | 'other'
  readonly because: string
  /** Where it keeps its data. */
  readonly data: string
}
// Servers of data that have no ready hook, by the name of their image, and where they keep their data.
const OTHERS: readonly (readonly [RegExp, string])[] = [
  [/^(server|azure-sql-edge)$/, '/var/opt/mssql'],
  [/^cassandra$/, '/var/lib/cassandra'],
  [/^(elasticsearch|opensearch)$/, '/usr/share/elasticsearch/data'],
  [/^clickhouse(-server)?$/, '/var/lib/clickhouse'],
  [/^couchdb$/, '/opt/couchdb/data'],
  [/^rabbitmq$/, '/var/lib/rabbitmq'],
  [/^influxdb$/, '/var/lib/influxdb2'],
  [/^neo4j$/, '/data'],
  [/^meilisearch$/, '/meili_data'],
]

const DATA: Readonly<Record<ServerKind, string>> = {
  redis: '/data',
  valkey: '/data',
  postgresql: '/var/lib/postgresql/data',
  mariadb: '/var/lib/mysql',
  mysql: '/var/lib/mysql',
  mongodb: '/data/db',
}
// The program that it runs; a variable that the official images set; where they keep their data; what the image is called.
const SIGNS: readonly (readonly [ServerKind, RegExp, RegExp, RegExp | undefined, RegExp])[] = [
  ['valkey', /\bvalkey-server\b/, /^VALKEY_VERSION$/, undefined, /(^|[-_])valkey$/],
  ['redis', /\bredis-server\b/, /^REDIS_VERSION$/, undefined, /(^|[-_])redis(mod|-stack(-server)?)?$/],
  [
    ...(['postgresql', /(^|[\s/])(postgres|pg_ctl)\b/, /^(PGDATA|PG_MAJOR|POSTGRES_PASSWORD)$/] as const),
    ...([/^\/var\/lib\/postgresql/, /(^|[-_])(postgres|postgresql|postgis|timescaledb|pgvector)$/] as const),
  ],
  ['mariadb', /\bmariadbd\b/, /^(MARIADB_VERSION|MARIADB_(ROOT_)?PASSWORD)$/, undefined, /(^|[-_])mariadb$/],
  [
    ...(['mysql', /\bmysqld\b/, /^(MYSQL_VERSION|MYSQL_MAJOR|MYSQL_ROOT_PASSWORD)$/] as const),
    ...([/^\/var\/lib\/mysql/, /(^|[-_])(mysql|percona)(-server)?$/] as const),
  ],
  [
    ...(['mongodb', /\bmongod\b/, /^(MONGO_VERSION|MONGO_MAJOR|MONGO_INITDB_ROOT_USERNAME)$/] as const),
    ...([/^\/data\/(db|configdb)$/, /(^|[-_])mongo(db)?(-community-server)?$/] as const),
  ],
]

/** Recognises a server of data by what its image and the Compose file say; undefined for any other service. */
export function serverOf(tree: SourceTree, project: Project, service: string): Server | undefined {
  const spec = project.services[service] ?? {}
  const stage = stageOf(tree, spec)
  const name = spec.build ? (stage?.image ?? '') : (spec.image ?? '')
  const image: Partial<ImageFacts> = tree.images[name] ?? {}
  const own = [...toWords(spec['entrypoint']), ...toWords(spec['command'])]
  const command = own.length > 0 ? own : (stage?.command?.words ?? image.command ?? [])
  // What an application is told of a database makes it none: there only the image speaks.
  const variables = Object.keys({ ...image.environment, ...stage?.environment })
  const volumes = [...(image.volumes ?? []), ...(stage?.volumes ?? [])]
  const [repository = ''] = (name.split('/').at(-1) ?? '').split(/[:@]/)
  // A program that is called with the name of a database is none.
  const program = command.slice(0, 3).join(' ').slice(0, 80)
  for (const [kind, runs, variable, volume, called] of SIGNS) {
    const because = runs.test(program)
      ? 'its command'
      : variables.some((one) => variable.test(one))
        ? 'the environment of its image'
        : volume && volumes.some((one) => volume.test(one))
          ? 'the VOLUME of its image'
          : called.test(repository)
            ? 'the name of its image'
            : undefined
    if (because) return { kind, because, data: DATA[kind] }
  }
  const isMicrosofts = name.includes('mssql')
  const other = OTHERS.find(([called]) => called.test(repository) && (repository !== 'server' || isMicrosofts))
  return other && { kind: 'other', because: 'the name of its image', data: other[1] }
}
