import { type DatabaseServer, recognizeServer } from '../release/snapshot-presets.ts'
import { stageOf } from './build.ts'
import { toWords } from './draft.ts'
import type { Project, SourceTree } from './source-tree.ts'

/** A server of data, and what gives it away. */
export type Server = {
  /** The ready hook for it; `other` where there is none. */
  readonly kind: DatabaseServer | 'other'
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

const DATA: Readonly<Record<DatabaseServer, string>> = {
  redis: '/data',
  valkey: '/data',
  postgresql: '/var/lib/postgresql/data',
  mariadb: '/var/lib/mysql',
  mysql: '/var/lib/mysql',
  mongodb: '/data/db',
}
/** Recognises a server of data by what its image and the Compose file say; undefined for any other service. */
export function serverOf(tree: SourceTree, project: Project, service: string): Server | undefined {
  const spec = project.services[service] ?? {}
  const stage = stageOf(tree, spec)
  const name = spec.build ? (stage?.image ?? '') : (spec.image ?? '')
  const image = tree.images[name]
  const [first = '', ...rest] = stage?.command?.words ?? []
  const own =
    stage?.command && (/entrypoint/.test(first) ? { entrypoint: [first], cmd: rest } : { cmd: [first, ...rest] })
  const [entrypoint, cmd] = [toWords(spec['entrypoint']), toWords(spec['command'])]
  const facts = {
    ...{ entrypoint: image?.entrypoint, cmd: image?.cmd, ...own },
    ...(entrypoint.length > 0 ? { entrypoint, cmd: [] } : {}),
    ...(cmd.length > 0 ? { cmd } : {}),
  }
  // What an application is told of a database makes it none: there only the image speaks.
  const variables = { ...image?.environment, ...stage?.environment }
  const kind = recognizeServer({
    ...facts,
    image: name,
    env: Object.entries(variables).map(([key, value]) => `${key}=${value}`),
    volumes: [...(image?.volumes ?? []), ...(stage?.volumes ?? [])],
    exposedPorts: [...(image?.ports ?? []), ...(stage?.ports ?? [])].map((port) => `${port}/tcp`),
  })
  const isKnown = image !== undefined || (facts.cmd?.length ?? 0) > 0
  if (kind) return { kind, because: isKnown ? 'its image and command' : 'the name of its image', data: DATA[kind] }
  const [repository = ''] = (name.split('/').at(-1) ?? '').split(/[:@]/)
  const isMicrosofts = name.includes('mssql')
  const other = OTHERS.find(([called]) => called.test(repository) && (repository !== 'server' || isMicrosofts))
  return other && { kind: 'other', because: 'the name of its image', data: other[1] }
}
