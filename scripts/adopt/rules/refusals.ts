import { posix } from 'node:path'
import { folderOf } from '../../release/data-folders.ts'
import type { DatabaseServer } from '../../release/snapshot-presets.ts'
import { about, environmentOf, type Old, type Server, shownPath } from '../draft.ts'
import { type Finding, listFindings } from '../finding.ts'
import { fill } from '../remedy.ts'
import { isWithin } from '../source-tree.ts'

/** Names why a database server does not start with an empty volume, in the Compose file as well. */
export function refusals(old: Old, server: Server): Finding[] {
  return listFindings(passwordFinding(old, server), placeFinding(old, server), rootFinding(old, server))
}

// The user whom the image is to make is there already: its first start ends, and so does a release's.
function rootFinding(old: Old, { kind }: Server): Finding | undefined {
  const [key] =
    environmentOf(old).find(([name, value]) => /^(MYSQL|MARIADB)_USER$/.test(name) && value === 'root') ?? []
  if (key === undefined || !/^(mysql|mariadb)$/.test(kind)) return undefined
  const mend = `take ${key} out of the service in the Compose file (root has its ${key.replace('USER', 'ROOT_PASSWORD')}), then run this again`
  return about(old, 'environment').missing(`${key} is root, whom no image makes: its first start ends`, mend)
}

// Of what an official image wants one of these, none has a value.
function passwordFinding(old: Old, { kind }: Server): Finding | undefined {
  const { tree, project, service, spec } = old
  const wanted = PASSWORDS[kind]
  const own = tree.images[spec.image ?? '']?.environment ?? {}
  const isGiven = [...Object.entries(own), ...environmentOf(old)].some(([key, value]) => wanted?.test(key) && value)
  if (isGiven) return undefined
  const key = Object.keys(spec.environment ?? {}).find((one) => wanted?.test(one))
  if (key === undefined) return unnamedFinding(old)
  const written = (project.raw?.[service]?.['environment'] as Record<string, unknown> | undefined)?.[key]
  // One without a value is that of the host, or of .env.
  const name = written === null ? key : /\$\{?(\w+)/.exec(String(written ?? ''))?.[1]
  const mend = name
    ? fill(tree, [name], posix.join(posix.dirname(project.file), '.env'))
    : `give ${key} a value where the Compose file has it, then run this again`
  return about(old, 'environment').missing(`${key} has no value: the server refuses to set up a database`, mend)
}
// Where none is named, as an env_file may lack it. What is built, or called otherwise, may have one of its own.
function unnamedFinding(old: Old): Finding | undefined {
  const { tree, project, service, spec } = old
  const raw = project.raw?.[service]
  const [, image = ''] = OFFICIAL.exec(spec.image ?? '') ?? []
  if (!raw || !image || spec.build || spec['entrypoint']) return undefined
  const key = { postgres: 'POSTGRES_PASSWORD', mysql: 'MYSQL_ROOT_PASSWORD' }[image] ?? 'MARIADB_ROOT_PASSWORD'
  const [file] = raw['env_file'] === undefined ? [] : namedIn(raw['env_file'])
  const mend = file
    ? fill(tree, [key], shownPath(tree, posix.resolve(tree.root, posix.dirname(project.file), file)))
    : `give it ${key} in its environment: in the Compose file, then run this again`
  const found = `nothing gives it ${key}: the server refuses to set up a database`
  return about(old, 'environment').missing(found, mend)
}
const OFFICIAL = /^(?:docker\.io\/)?(?:library\/)?(postgres|mysql|mariadb)(?:[:@]|$)/
const namedIn = (files: unknown) =>
  [...JSON.stringify(files).matchAll(/"path":"([^"]+)"/g)].map(([, path = '']) => path)
const ROOT = /^(MYSQL|MARIADB)_(((RANDOM|ALLOW_EMPTY)_)?ROOT_PASSWORD(_HASH)?|ALLOW_EMPTY_PASSWORD)(_FILE)?$/
const PASSWORDS: Partial<Record<DatabaseServer | 'other', RegExp>> = {
  postgresql: /^(POSTGRES_(PASSWORD(_FILE)?|HOST_AUTH_METHOD)|ALLOW_EMPTY_PASSWORD)$/,
  mysql: ROOT,
  mariadb: ROOT,
}

// The image of PostgreSQL 18 looks whether something is mounted where the ones before it had their data.
function placeFinding(old: Old, { kind, data }: Server): Finding | undefined {
  const { spec, stage } = old
  const image = (spec.build ? stage?.image : spec.image) ?? ''
  // An image that is here says its version itself, whatever its tag will mean one day.
  const { isHere, environment = {} } = old.tree.images[image] ?? {}
  if (isHere && Number(environment['PG_MAJOR']) < 18) return undefined
  const isNew = [data, kind === 'other' ? '' : folderOf(kind, image)].every((one) => one === '/var/lib/postgresql')
  const mount = spec.volumes?.find(({ target }) => isWithin(target, FORMER))
  if (!isNew || !mount || environmentOf(old).some(([key]) => key === 'PGDATA')) return undefined
  const found = `${image} is PostgreSQL 18 or later, and refuses to start with a mount at ${mount.target}`
  const mend = `where that has data, name the version that wrote them (such as postgres:17), else mount it at ${data}; then run this again`
  return about(old, 'volumes').missing(found, mend)
}
const FORMER = '/var/lib/postgresql/data'
