import type { DatabaseServer } from './snapshot-presets.ts'

const DATA: Readonly<Record<DatabaseServer, string>> = {
  redis: '/data',
  valkey: '/data',
  postgresql: '/var/lib/postgresql/data',
  mariadb: '/var/lib/mysql',
  mysql: '/var/lib/mysql',
  mongodb: '/data/db',
}

/** The folder in which an image of a server of data keeps these, by its name: what the image declares is surer, where it is known. */
export function folderOf(kind: DatabaseServer, image: string): string {
  if (/(^|\/)bitnami\//.test(image)) return `/bitnami/${kind}`
  const [, name, tag = ''] = /(?:^|\/)(postgres|postgis|pgvector|timescaledb)(?::([^@]*))?(?:@.*)?$/.exec(image) ?? []
  const major = Number.parseInt(/\bpg(\d+)/.exec(tag)?.[1] ?? tag, 10)
  // PostgreSQL 18's image keeps its data in a folder for each version, and so do those that are built on it.
  const isNew = kind === 'postgresql' && ((name === 'postgres' && /^(latest|alpine)?$/.test(tag)) || major >= 18)
  return isNew ? '/var/lib/postgresql' : DATA[kind]
}
