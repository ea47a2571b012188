import { type DatabaseServer, writesEachChange } from '../../release/snapshot-presets.ts'
import { configFilesOf } from '../config-files.ts'
import {
  about,
  commandOf,
  environmentOf,
  joinParts,
  type Old,
  type Part,
  type Server,
  type ServiceRule,
  tmpfsOf,
  toWords,
} from '../draft.ts'
import { type Finding, listFindings, some, verdictsOn } from '../finding.ts'
import { volumesOf } from '../mounts.ts'
import { serverOf } from '../server.ts'
import { isWithin } from '../source-tree.ts'
import { keeper } from './keeper.ts'
import { heapOf, limitsOf } from './keys.ts'
import { portOf } from './own-check.ts'
import { refusals } from './refusals.ts'

/** Gives a server of data the hook by which a snapshot holds what it has, and not only what its files had. */
export const databaseRule: ServiceRule = (old) => {
  const server = old.isWeb ? undefined : old.server
  if (!server) return keeper(old)
  const memory = `\${APP_DATABASE_MEMORY:-${memoryOf(old)}}`
  const isLimited = old.spec['mem_limit'] || limitsOf(old.spec)['mem_limit']
  const lines = {
    ...(isLimited ? {} : { mem_limit: memory, memswap_limit: memory }),
    ...portOf(old).command,
  }
  // A hook saves a volume: what lies in memory has none.
  return joinParts([
    { lines, findings: [...sharedFindings(old, server), ...refusals(old, server)] },
    hostPart(old, server),
    memoryPart(old, server) ?? hookOf(old, server),
  ])
}

// Two servers that write the same files destroy them.
function sharedFindings(old: Old, { data }: Server): Finding[] {
  const { tree, project, service } = old
  const dataOf = (name: string, folder: string) =>
    (project.services[name]?.volumes ?? []).flatMap(({ source = '', target, read_only }) =>
      folder !== '' && isWithin(folder, target) && !read_only ? source : [],
    )
  const own = dataOf(service, data)
  // One with a program of its own may only copy them.
  const servers = Object.keys(project.services).filter((name) => !project.services[name]?.['entrypoint'])
  const others = servers.filter((name) => {
    const folder = name === service ? undefined : serverOf(tree, project, name)?.data
    return folder !== undefined && dataOf(name, folder).some((source) => source && own.includes(source))
  })
  const found = `it has its data in the same volume as ${some(others)}: two servers destroy the files of each other`
  const mend = 'give each a volume of its own, or leave out the one that production lacks; then run this again'
  return others.length > 0 && servers.includes(service) ? [about(old, 'volumes').missing(found, mend)] : []
}

// RabbitMQ names the folder of its data after its host. Without a name, that is the id of the container: the next one finds nothing.
function hostPart(old: Old, { data }: Server): Part {
  const { service, spec, tree, project } = old
  const isNamed = spec['hostname'] || environmentOf(old).some(([key]) => /^RABBITMQ_(NODENAME|MNESIA_DIR)$/.test(key))
  if (data !== '/var/lib/rabbitmq' || isNamed) return {}
  const kept = volumesOf(old).find(({ source = '' }) =>
    tree.live.includes(project.volumes[source]?.name ?? `${project.name}_${source}`),
  )
  const found = `hostname: ${service}: it names the folder of its data after its host, and a new container has another one`
  const mend =
    'nothing to do where its queues may begin empty; else write hostname: ID in the Compose file, with the ID of its old container (docker compose ps -aq, the first 12 characters), and run this again'
  const { ok, note } = about(old)
  const open = kept && note(`${found}; what ${kept.source} has lies below the id of the old container`, mend)
  return { lines: { hostname: service }, findings: [open ?? ok(found)] }
}

// SQL Server does not start with less than 2 GB.
function memoryOf(old: Old): string {
  const { server } = old
  if (server?.data === '/var/opt/mssql') return '3g'
  const heap = heapOf(old)
  if (heap) return `${Math.max(1024, heap)}m`
  return /elasticsearch|cassandra|neo4j|solr/.test(server?.data ?? '') ? '3g' : '1g'
}

// What lies in memory is in no snapshot, and gone with the container.
function memoryPart(old: Old, { data, kind }: Server): Part | undefined {
  const mounts = (old.spec.volumes ?? []).flatMap(({ type, target }) => (type === 'tmpfs' ? target : []))
  const folder = [...tmpfsOf(old.spec), ...mounts].find(
    (path) => data !== '' && isWithin(data, path.replace(/(.)\/$/, '$1')),
  )
  if (folder === undefined) return undefined
  const found = `it keeps its data in memory (tmpfs ${folder}): each restart begins with an empty ${kind}`
  const mend = `mount a volume at ${data} instead, unless its data may be lost`
  const without =
    'nothing to do for tests alone; a release can do without it and them: take both out of the proposed file'
  // Its author has said so.
  return { findings: [about(old, 'tmpfs').note(found, FOR_TESTS.test(old.service) ? without : mend)] }
}

const FOR_TESTS = /(^|[-_.])(tests?(ing)?|e2e|ci)([-_.]|$)/i

// A hook comes from another container.
const LOCAL =
  /\bDROP USER (?:IF EXISTS )?["'`]root["'`]@["'`]%|\bDELETE FROM mysql\.user WHERE [^;]*\bUser\s*=\s*["']root["'][^;]*\bHost\b/i
// Such a server only has what others can make again.
const CACHE = /\bmemcached\b|\s--cache_mode(?![= ]*false)/
function hookOf(old: Old, server: Server): Part {
  const confidence = server.because.startsWith('the name') ? 'likely' : 'stated'
  const { ok, note, missing } = verdictsOn(old.service, { where: old.where(old.service), confidence })
  const volumes = volumesOf(old)
  // Of what stays external, no snapshot has anything.
  if (volumes.length > 0 && volumes.every(({ source = '' }) => old.project.volumes[source]?.external)) return {}
  // Who changes its data runs elsewhere: a new version of that needs a snapshot, too.
  const asFiles = (finding: Finding): Part => ({ lines: { 'x-snapshot': 'files' }, findings: [finding] })
  const other = `a server of data (${server.because})`
  if (server.kind === 'other' && volumes.length === 0 && server.data === '') {
    if (CACHE.test([old.spec.image, ...commandOf(old)].join(' ')))
      return { findings: [ok('a cache: it keeps nothing')] }
    const mend = 'mount a volume where it keeps its data, and run this again; or nothing, where it may lose them'
    return { findings: [missing(`${other} in no volume: each new container begins empty`, mend)] }
  }
  const own = 'write x-snapshot for it, if it can copy its data while it runs (docs/guides/databases.md)'
  if (server.kind === 'other')
    return asFiles(note(`${other} without a hook: a snapshot pauses it, and has its files as after a power cut`, own))
  if (isOnDisk(old, server))
    return asFiles(ok(`${server.kind} (${server.because}): it writes each change to its volume`))
  const given = environmentOf(old)
  const copy = given.find(([key, value]) => /_(REPLICA_SET|REPLICATION)_MODE$/.test(key) && COPIES.test(value))
  const copied = 'nothing to do where the other one has a hook: this one copies its data from there'
  if (copy) {
    const [key, mode] = copy
    return { findings: [note(`${server.kind}, ${key}=${mode}: a copy of another server, so it gets no hook`, copied)] }
  }
  const nobody = given.find(([key]) => /^(MYSQL|MARIADB)_RANDOM_ROOT_PASSWORD$/.test(key))?.[0]
  const paused = `${server.kind}, whose root nobody knows (${nobody}): a snapshot pauses it, and has its files as after a power cut`
  const toDump = 'nothing to do; for a dump instead, give root a password, and the service MARIADB_ROOT_PASSWORD'
  if (nobody && !given.some(([key]) => /_ROOT_PASSWORD(_FILE)?$/.test(key) && key !== nobody))
    return asFiles(note(paused, toDump))
  const closed = Object.entries(old.tree.sources).find(([file, text]) => file.endsWith('.sql') && LOCAL.test(text))
  const alone = `${server.kind}, whose root answers nobody from elsewhere (${closed?.[0]}): a snapshot pauses it, and has its files as after a power cut`
  if (closed && /^(mysql|mariadb)$/.test(server.kind)) return asFiles(note(alone, 'nothing to do'))
  const [names, official = ''] = OTHER_NAMES[server.kind] ?? []
  const [foreign] = given.filter(([key]) => names?.test(key)).map(([key]) => key)
  const isUnread = foreign !== undefined && !given.some(([key]) => official.includes(key.replace(/_FILE$/, '')))
  const [first] = volumes.filter(({ target }) => target.startsWith(server.data)).concat(volumes)
  const saved = volumes.length > 1 && first?.fate === 'volume' ? first.source : undefined
  const unread = `its password is in ${foreign}, which the hook does not read`
  return {
    lines: { 'x-snapshot': server.kind },
    findings: listFindings(
      isUnread && about(old, 'environment').missing(unread, `give it ${official}, too, with the same values`),
      ok(`${server.kind} (${server.because}): a snapshot asks it for its data (x-snapshot)`),
      saved !== undefined &&
        note(`it has ${volumes.length} volumes`, `the hook saves ${saved}; the others are copied as files`),
    ),
  }
}

const COPIES = /^(secondary|arbiter|hidden|slave|replica)$/
// Bitnami's images have other variables than the official ones, which the hooks read.
const OTHER_NAMES: Partial<Record<DatabaseServer, readonly [RegExp, string]>> = {
  mongodb: [/^MONGODB_ROOT_PASSWORD(_FILE)?$/, 'MONGO_INITDB_ROOT_USERNAME and MONGO_INITDB_ROOT_PASSWORD'],
  postgresql: [/^POSTGRESQL_(POSTGRES_)?PASSWORD(_FILE)?$/, 'POSTGRES_USER and POSTGRES_PASSWORD'],
}

function isOnDisk({ tree, project, spec }: Old, { kind }: Server): boolean {
  const files = configFilesOf(tree, project, spec).map(({ text }) => text)
  return kind !== 'other' && [toWords(spec['command']), ...files].some((told) => writesEachChange(kind, told))
}
