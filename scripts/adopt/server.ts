import { isOfficial, plainImageName } from '../docker/image-name.ts'
import { standInFor } from '../image/stand-in.ts'
import { folderOf } from '../release/data-folders.ts'
import { dataVolumeOf, recognizeServer } from '../release/snapshot-presets.ts'
import { stageOf } from './build.ts'
import { type Server, toWords } from './draft.ts'
import { isOtherPort } from './guess.ts'
import type { Project, SourceTree } from './source-tree.ts'
import { TOOLS } from './web.ts'

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
  [/^minio$/, '/data'],
  [/^qdrant$/, '/qdrant/storage'],
  [/^weaviate$/, '/var/lib/weaviate'],
  [/^typesense$/, '/data'],
  [/^solr$/, '/var/solr'],
  [/^(cockroach|scylla|arangodb|rethinkdb|surrealdb|etcd|zookeeper|kafka|cp-kafka|oracle-(xe|free))$/, ''],
]

// Variables by which only the official images set a server up; with its port, recognizeServer takes them for one.
const TOLD = [
  { by: /^POSTGRES_(PASSWORD|HOST_AUTH_METHOD)(_FILE)?$/, of: /^postgres/, says: ['PGDATA', '5432'] },
  { by: /^(MYSQL|MARIADB)_(RANDOM_)?ROOT_PASSWORD(_FILE)?$/, of: /^(mysql|mariadb)/, says: ['MYSQL_VERSION', '3306'] },
  { by: /^MONGO_INITDB_ROOT_USERNAME(_FILE)?$/, of: /^mongo/, says: ['MONGO_VERSION', '27017'] },
] as const

const SERVES = /^(?:[\w./-]*\/)?(?:docker-entrypoint\.sh|mysqld|mariadbd|postgres|mongod)\b/

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
  // What an application is told of a database makes it none: there the image speaks, unless nobody has seen it.
  const called = image ? undefined : recognizeServer({ image: name })
  const given = Object.keys({ ...stage?.environment, ...spec.environment })
  const repository = plainImageName(name)
  const isMicrosofts = name.includes('mssql')
  const other = OTHERS.find(([one]) => one.test(repository) && (repository !== 'server' || isMicrosofts))
  // A common env_file tells all services of the same database.
  const known = called ?? (other || isOfficial(name) || TOOLS.test(name) ? repository : '')
  const heard =
    image || (spec.build && !called)
      ? []
      : TOLD.filter(({ by, of }) => (known === '' || of.test(known)) && given.some((key) => by.test(key)))
  const told = Object.fromEntries(heard.map(({ says }) => says))
  // A client has an address, another port, or a program of its own: the official images take options, or their server.
  const isClient =
    (facts.cmd ?? []).slice(0, 1).some((word) => !word.startsWith('-') && !SERVES.test(word)) ||
    given.some((key) => /(^|_)HOST(NAME)?$/.test(key)) ||
    (spec.ports ?? []).some(
      ({ target }) => !(called ? isOtherPort(target) : heard.some(({ says }) => says[1] === `${target}`)),
    )
  const said = isClient ? {} : told
  const variables = { ...image?.environment, ...stage?.environment, ...said }
  const volumes = [...(image?.volumes ?? []), ...(stage?.volumes ?? [])]
  const ports = [...(image?.ports ?? []), ...(stage?.ports ?? []), ...Object.values(said)]
  const hasOwn = stage?.command !== undefined || entrypoint.length + cmd.length > 0
  const seen = recognizeServer({
    ...facts,
    image: name,
    env: Object.entries(variables).map(([key, value]) => `${key}=${value}`),
    volumes,
    exposedPorts: ports.map((port) => `${port}/tcp`),
  })
  const found = seen ?? (hasOwn || isClient ? undefined : called)
  // The variables of both are the same, and their programs are not.
  const kind = found === 'mysql' && plainImageName(name) === 'mariadb' ? 'mariadb' : found
  const byName = 'the name of its image'
  const because =
    image || facts.cmd?.length ? 'its image and command' : Object.keys(said).length > 0 ? 'its environment' : byName
  // The image says where its data lie. Of one that nobody has seen its tag does, or that of the stand-in which will run.
  const declared = volumes.map((key) => ({ key, target: key }))
  const runs = (image ? undefined : standInFor(name, tree.lock)?.upstream) ?? name
  if (kind) return { kind, because, data: dataVolumeOf(kind, declared) ?? folderOf(kind, runs) }
  if (other) return { kind: 'other', because: byName, data: other[1] }
  // Whatever it is: what speaks another protocol than HTTP, and keeps something, is no application.
  const isOther = spec.ports?.length && spec.ports.every(({ target }) => isOtherPort(target))
  return isOther && !spec.build ? { kind: 'other', because: 'its port', data: '' } : undefined
}
