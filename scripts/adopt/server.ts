import { isOfficial, plainImageName } from '../docker/image-name.ts'
import { folderOf } from '../release/data-folders.ts'
import { dataVolumeOf, isOther, recognizeServer } from '../release/snapshot-presets.ts'
import { stageOf, withBuilder } from './build.ts'
import { commandOf, type Draft, type Server, toWords } from './draft.ts'
import { isOtherPort } from './listening.ts'
import { dependenciesOf, namesOf, type Project, type Service, type SourceTree } from './source-tree.ts'
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

const DATA = /(^|[-_./ ])(db|database|pg|postgres\w*|mysql|mariadb|mongo\w*)(?![a-z])/i

const RABBIT = /^RABBITMQ_(DEFAULT_(USER|PASS)|ERLANG_COOKIE)$/
const SERVES = /^(?:[\w./-]*\/)?(?:docker-entrypoint\.sh|mysqld|mariadbd|postgres|mongod)\b/

const STORES = /\bserver\s(?:.*?(?<!-dir)\s)?(\/[\w./-]*\w)\/?(?=[\s"';&|]|$)/
const otherOf = (repository: string, isMicrosofts: boolean) =>
  OTHERS.find(([one]) => one.test(repository) && (repository !== 'server' || isMicrosofts))
/** Whether an image is one of a server of data without a ready hook, by its name. */
export const isOtherServer = (image: string): boolean =>
  otherOf(plainImageName(image), image.includes('mssql')) !== undefined

/** Recognises a server of data by what its image and the Compose file say; undefined for any other service. */
export function serverOf(tree: SourceTree, project: Project, service: string): Server | undefined {
  const spec = withBuilder(project, project.services[service] ?? {})
  // Whose end others wait for is a client, whatever image it has.
  if (isAwaited(project, service)) return undefined
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
  // RabbitMQ under another name: who only calls it is told where it is.
  const isTold = given.some((key) => RABBIT.test(key)) && !given.some((key) => /(^|_)(HOST(NAME)?|UR[IL])$/.test(key))
  const isRabbit = !spec.build && isTold && /rabbit-?mq/i.test(`${service} ${name}`)
  const asked = isRabbit ? 'rabbitmq' : repository
  const other = otherOf(asked, isMicrosofts)
  // A common env_file tells all services of the same database.
  const known = called ?? (other || isOfficial(name) || TOOLS.test(name) ? repository : '')
  // Beside a server that is called as one, an image with another name is a client of that.
  const others = Object.entries(project.services).flatMap(([other, one]) =>
    other === service ? [] : (recognizeServer({ image: one.image }) ?? []),
  )
  const isFree = (of: RegExp) =>
    known === '' && (!others.some((one) => of.test(one)) || DATA.test(`${service} ${name}`))
  const heard =
    image || (spec.build && !called)
      ? []
      : TOLD.filter(({ by, of }) => (isFree(of) || of.test(known)) && given.some((key) => by.test(key)))
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
  // The image says where its data lie. Of one that nobody has seen its tag does: the stand-in for PostgreSQL keeps them in either place.
  const declared = volumes.map((key) => ({ key, target: key }))
  if (kind) return { kind, because, data: dataVolumeOf(kind, declared) ?? folderOf(kind, name) }
  // MinIO has its data where its command says.
  const [, named] = (asked === 'minio' && STORES.exec([facts.entrypoint, facts.cmd].flat().join(' '))) || []
  if (other)
    return { kind: 'other', because: asked === repository ? byName : 'its environment', data: named ?? other[1] }
  // Whatever it is: what speaks another protocol than HTTP, and keeps something, is no application.
  const isOther = spec.ports?.length && spec.ports.every(({ target }) => isOtherPort(target))
  return isOther && !spec.build ? { kind: 'other', because: 'its port', data: '' } : undefined
}

// Services that do their work once and exit, and the policies by which they start again.
const POLICIES: Readonly<Record<string, string>> = { none: 'no', any: 'always', 'on-failure': 'on-failure' }
// Compose takes the policy of a stack where `restart` says nothing.
const restartOf = ({ restart, deploy }: Service) => restart ?? POLICIES[deploy?.restart_policy?.condition ?? '']

const isAwaited = ({ services }: Project, name: string) =>
  Object.values(services).some((other) => dependenciesOf(other)[name]?.condition === 'service_completed_successfully')

type Known = Pick<Draft, 'tree' | 'project' | 'behind'>
/** Whether a service does its work once and exits. */
export const isJob = (known: Known, name: string): boolean => readJob(known, name).isJob

/**
 * Whether a service does its work once and exits, and whether something says so: others wait for its end, or rely on it; its
 * command or its name tells. `restart: "no"` alone is not sure, for Compose does that anyway, also with a server.
 */
export function readJob(known: Known, name: string): { readonly isJob: boolean; readonly isSure: boolean } {
  const { services } = known.project
  const spec = services[name] ?? {}
  if (isAwaited(known.project, name) || /-job$/.test(spec.deploy?.mode ?? '')) return { isJob: true, isSure: true }
  const restart = String(restartOf(spec) ?? '')
  const isOpen = spec.ports?.length || spec['healthcheck'] || spec['expose']
  if (isOpen || !/^(no$|on-failure|$)/.test(restart)) return { isJob: false, isSure: true }
  const stage = stageOf(known.tree, withBuilder(known.project, spec))
  const line = commandOf({ spec, stage }).join(' ')
  // Of several commands, the last one says whether they ever end.
  const last = line.split(/[;&|]+|\bexit 0/).findLast((one) => /\w/.test(one.replace(/\btrue\b/, ''))) ?? ''
  const words = last.split(/[\s"']+/).slice(0, 5)
  const isSaid = ENDS.test(line) || (/;\s*exit 0\W*$/.test(line) && !GOES_ON.test(line))
  if (isSaid || words.some((word) => WORK.test(word)) || NAMED.test(name)) return { isJob: true, isSure: true }
  // What others are made of is there to be built, whoever depends on it.
  const isBase = Object.values(services).some(({ build }) =>
    Object.values(build?.additional_contexts ?? {}).includes(`service:${name}`),
  )
  // Without a terminal, a shell has nothing to do, nor has the interpreter of a language.
  const isEmpty = line === '' && (spec.build ? isBase && SHELL.test(stage?.image ?? '') : SHELL.test(spec.image ?? ''))
  const isServer = restart.startsWith('on-failure') || (!(isBase && isEmpty) && serves(known, name, line))
  const isIdle = !isServer && !spec['tty'] && !spec['stdin_open']
  if (isIdle && (isEmpty || /^(\/(usr\/)?bin\/)?(ba|da|a)?sh$/.test(line))) return { isJob: true, isSure: true }
  return { isJob: restart === 'no' && !isServer, isSure: isServer }
}

// Programs that do their work and exit, words of commands that do, and names of such services.
const ENDS = /^((\/bin\/)?(ba)?sh -c )?(\/bin\/)?(true$|(cp|mv|rsync|chown|chmod|mkdir|touch|tar|unzip|echo)\s[^;&|]*$)/
const WORK =
  /^([\w-]+:)?(install|init|initialize|migrate|migrations?|seed|collectstatic|createsuperuser|upgrade|setup|bootstrap|mb)$/
const SHELL =
  /^(docker\.io\/)?(library\/)?(node|python|ruby|perl|bash|alpine|debian|ubuntu|busybox|golang|php(?!:\S*(fpm|apache)))([:@]|$)/
const NAMED = /(^|[-_.])(init|migrate|migrations?|migrator|setup|seed|seeder)$/i
// Programs that go on until they are stopped.
const GOES_ON =
  /(^|[\s/"'])(g?unicorn|uvicorn|hypercorn|daphne|puma|sidekiq|celery|nginx|httpd|apache2\S*|php-fpm\S*|caddy|haproxy|memcached|\w+-server|server\.\w+|runserver|serve|start|\w*worker(\.\w+)?)(?=[\s"']|$)/

// Whether others rely on a service, or it runs what its image is there for: a server, or what an open port of the image tells.
function serves({ tree, project, behind }: Known, name: string, line: string): boolean {
  const spec = project.services[name] ?? {}
  const names = namesOf(project, name)
  const isNeeded = Object.entries(project.services).some(
    ([other, one]) =>
      other !== name && (name in dependenciesOf(one) || isNamedBy(one, names) || behind.get(other)?.has(name)),
  )
  if (isNeeded || GOES_ON.test(line)) return true
  const own = commandOf({ spec, stage: undefined })
  const server = serverOf(tree, project, name)
  if (server && (server.kind === 'other' || !isOther(own))) return true
  if (own.some((word) => !word.startsWith('-'))) return false
  const { image = '' } = spec
  const ports = [...(stageOf(tree, spec)?.ports ?? []), ...(tree.images[image]?.ports ?? [])]
  return ports.length > 0 || GOES_ON.test(plainImageName(image))
}

/** Whether the environment, the command or the links of a service name one of those hosts. */
export function isNamedBy({ environment, command, entrypoint, links }: Service, hosts: readonly string[]): boolean {
  const said = JSON.stringify([environment, command, entrypoint, links])
  return hosts.some((host) => new RegExp(`[^\\w.-]${host.replaceAll(/\W/g, '\\$&')}[^\\w.-]`).test(said))
}
