import { plainImageName } from '../docker/image-name.ts'

/** The hooks that are ready to use: `x-snapshot: redis`, and so on. Their scripts lie in compose/hooks. */
export const SNAPSHOT_PRESETS = ['redis', 'valkey', 'postgresql', 'mariadb', 'mysql', 'mongodb', 'sqlite'] as const
export type SnapshotPreset = (typeof SNAPSHOT_PRESETS)[number]
/** A preset that is a server; SQLite is a file of the application. */
export type DatabaseServer = Exclude<SnapshotPreset, 'sqlite'>

export const isPreset = (value: unknown): value is SnapshotPreset => SNAPSHOT_PRESETS.some((name) => name === value)

type Row = {
  /** The file in compose/hooks. */
  readonly script: string
  /** What such a server is called for a person. */
  readonly name: string
  /** Where the official image keeps its data. */
  readonly folder: RegExp
  /** A variable that only such an image has. */
  readonly variable: RegExp
  /** The program that serves. */
  readonly program: RegExp
  readonly port: string
}
const SERVERS: { readonly [Name in DatabaseServer]: Row } = {
  valkey: {
    ...{ script: 'redis.sh', name: 'a Valkey server', folder: /^\/data$/, port: '' },
    ...{ variable: /^VALKEY_(VERSION|DOWNLOAD_URL)$/, program: /^valkey-server$/ },
  },
  redis: {
    ...{ script: 'redis.sh', name: 'a Redis server', folder: /^\/(data|bitnami\/redis\/data)$/, port: '6379/tcp' },
    ...{ variable: /^REDIS_(VERSION|DOWNLOAD_URL)$/, program: /^redis-(server|stack(-server)?)$/ },
  },
  postgresql: {
    ...{
      script: 'postgresql.sh',
      name: 'a PostgreSQL server',
      folder: /^\/(var\/lib|bitnami)\/postgresql(\/|$)|\/pgdata$/,
      port: '5432/tcp',
    },
    ...{ variable: /^(PGDATA|PG_MAJOR|PG_VERSION)$/, program: /^(postgres|postmaster)$/ },
  },
  mariadb: {
    ...{
      script: 'mariadb.sh',
      name: 'a MariaDB server',
      folder: /^\/(var\/lib\/mysql|bitnami\/mariadb)(\/|$)/,
      port: '',
    },
    ...{ variable: /^MARIADB_VERSION$/, program: /^mariadbd(-safe)?$/ },
  },
  mysql: {
    ...{ script: 'mariadb.sh', name: 'a MySQL server', folder: /^\/(var\/lib|bitnami)\/mysql(\/|$)/, port: '3306/tcp' },
    ...{ variable: /^MYSQL_(VERSION|MAJOR)$/, program: /^mysqld(_safe)?$/ },
  },
  mongodb: {
    ...{ script: 'mongodb.sh', name: 'a MongoDB server', folder: /^\/(data\/db|bitnami\/mongodb)$/, port: '27017/tcp' },
    ...{ variable: /^MONGO_(VERSION|MAJOR|PACKAGE)$/, program: /^mongod$/ },
  },
}
const servers = Object.entries(SERVERS) as [DatabaseServer, Row][]

/** Whether the hook of a preset copies what a server has left, where none runs; the others ask the server. */
export const copiesAsleep = (preset: SnapshotPreset | undefined): boolean => preset === 'redis' || preset === 'valkey'

/** The file in compose/hooks with the commands of a preset. */
export const scriptOf = (preset: SnapshotPreset): string => (preset === 'sqlite' ? 'sqlite.js' : SERVERS[preset].script)

/** What an image and a service say of what runs there; each part may be missing. */
export type ServerFacts = {
  /** The name of the image, as the service or the Dockerfile has it. */
  readonly image?: string | undefined
  /** The entrypoint and the command that run: those of the service, else those of the image. */
  readonly entrypoint?: Command
  readonly cmd?: Command
  /** The image's variables, as NAME=value. */
  readonly env?: readonly string[] | null | undefined
  /** The paths of the image's VOLUME instructions. */
  readonly volumes?: readonly string[] | undefined
  /** The ports that the image exposes, such as 6379/tcp. */
  readonly exposedPorts?: readonly string[] | undefined
}

/**
 * The preset for a service that is a database server, by what its image says: the program that runs; the variables that only
 * such an image has, or its port, together with its data folder. The name alone decides where nothing else is known.
 * Undefined for anything else.
 */
export function recognizeServer(facts: ServerFacts): DatabaseServer | undefined {
  const { image = '', env, volumes = [], exposedPorts = [] } = facts
  const programs = [facts.entrypoint, facts.cmd].flatMap(programsOf)
  const pairs = (env ?? []).map((pair) => pair.split('='))
  const by = (test: (row: Row) => boolean) => servers.find(([, row]) => test(row))?.[0]
  const keeps = ({ folder }: Row) => volumes.some((path) => folder.test(path))
  const listens = ({ port }: Row) => exposedPorts.includes(port)
  const names = ({ variable }: Row) => pairs.some(([name = '']) => variable.test(name))
  const runs = by(({ program }) => programs.some((word) => program.test(word)))
  // An application's image may have such a variable for its client.
  const says = by((row) => names(row) && (keeps(row) || listens(row)))
  // MariaDB's image calls its server mysqld, too, and Valkey's redis-server.
  if (runs !== undefined && says !== undefined && SERVERS[runs].script === SERVERS[says].script) return says
  const known = programs.length > 0 || pairs.length > 0 || exposedPorts.length > 0
  const bitnami = pairs.find(([name]) => name === 'BITNAMI_APP_NAME')?.[1]
  return runs ?? says ?? by((row) => listens(row) && keeps(row)) ?? byName(bitnami ?? (known ? '' : image))
}

const NAMES: readonly [RegExp, DatabaseServer][] = [
  [/^redis(-stack(-server)?)?$/, 'redis'],
  [/^valkey$/, 'valkey'],
  [/^(postgres|postgresql|postgis|timescaledb|pgvector)$/, 'postgresql'],
  [/^mariadb$/, 'mariadb'],
  [/^(mysql|mysql-server|percona)$/, 'mysql'],
  [/^(mongo|mongodb|mongodb-community-server)$/, 'mongodb'],
]
const byName = (image: string) => {
  return NAMES.find(([name]) => name.test(plainImageName(image)))?.[1]
}

/** A command as an image or a service has it. */
export type Command = readonly string[] | string | null | undefined
const textOf = (command: Command): string => (typeof command === 'string' ? command : (command ?? []).join(' '))
// The programs that a command runs, without the shell around them; other words may be the names of hosts, or options.
const SHELL = /^\s*(?:[\w./-]*\/)?(?:sh|bash|dash|ash)\s+(?:-\w+\s+)+/
const STARTS = /(?:^|[;&|(]|\bexec |\b(?:gosu|su-exec) \S+ | -- )\s*["']?(?:exec\s+)?(?:[\w./-]*\/)?(\w[\w-]*)/g
const programsOf = (command: Command): string[] =>
  [...textOf(command).replace(SHELL, '').matchAll(STARTS)].map(([, name = '']) => name)

/** Whether a service in a server's image runs another program, such as a client: options alone are the server's. */
export function isOther(words: readonly string[]): boolean {
  const [first = '-'] = words
  const programs = programsOf(words)
  return !/^-|entrypoint/.test(first) && !programs.some((word) => servers.some(([, row]) => row.program.test(word)))
}

/** What such a server is called for a person. */
export const nameOf = (server: DatabaseServer): string => SERVERS[server].name

type Told = { readonly entrypoint?: Command; readonly command?: Command; readonly environment?: Variables }
type Variables = Readonly<Record<string, string | null>>
/** Where a server keeps its data: where its command or PGDATA says so, else where its image declares it. */
export function dataFolders(
  server: DatabaseServer,
  { entrypoint, command, environment = {} }: Told,
  { env, volumes = [] }: Pick<ServerFacts, 'env' | 'volumes'>,
): readonly string[] {
  const [, option] = TOLD.exec(`${textOf(entrypoint)} ${textOf(command)}`) ?? []
  const own = env?.find((pair) => pair.startsWith('PGDATA='))?.slice('PGDATA='.length)
  const told = option ?? (server === 'postgresql' ? (environment['PGDATA'] ?? own) : undefined)
  return told ? [told] : volumes.filter((path) => SERVERS[server].folder.test(path))
}
const TOLD = /\s(?:--(?:datadir|dbpath|dir)[= ]|-D ?)(\/[\w./-]+)/

/**
 * Whether a server that needs no hook says so in its command or the text of a configuration file: Redis with an append-only file
 * loses nothing that it has answered.
 */
export const writesEachChange = (server: DatabaseServer, told: Command): boolean =>
  SERVERS[server].script === 'redis.sh' && /^[^#]*appendonly\s+["']?yes/m.test(textOf(told))

/** Says in one line what it means that a server which writes to a volume has no hook. */
export function sayNoHook(service: string, server: DatabaseServer): string {
  const { name, script } = SERVERS[server]
  const means =
    script === 'redis.sh'
      ? 'the snapshot holds its last save, which may be older'
      : 'the snapshot holds its files as a power cut would leave them, and nothing counts what is in them'
  return `${service}: ${name} without a hook: ${means}; next: x-snapshot: ${server}   (docs/guides/databases.md)`
}

type Mounted = { readonly key: string; readonly target: string }
/** The volume of a server's data, where a service writes to several: the one that is mounted where the image keeps them. */
export const dataVolumeOf = (preset: SnapshotPreset, mounts: readonly Mounted[]): string | undefined =>
  preset === 'sqlite' ? undefined : mounts.find(({ target }) => SERVERS[preset].folder.test(target))?.key

/**
 * What a server's command tells its hooks, as variables: its port, its password, and its configuration files. A password that
 * a shell has to read, such as `$(cat /run/secrets/password)`, is given as it is written.
 */
export function commandVariables(command: readonly string[]): Record<string, string> {
  const option = (name: string) => command[command.indexOf(name) + 1 || command.length]
  const line = command.join('\n')
  const port = option('--port') ?? /(?:^|\s)(?:--port[= ]|-p ?\n?)(\d+)/.exec(line)?.[1]
  const auth = option('--requirepass')
  const word = /--requirepass +("[^"]*"|'[^']*'|\$+\([^)]*\)|[^\s;&|]+)/.exec(line)?.[1]
  const files = [...line.matchAll(/(?:^|\s)(\/[\w./-]+\.conf)(?=\s|$)/g)].map(([, file]) => file)
  const found = {
    PORT: port,
    AUTH: auth,
    AUTH_WORD: auth === undefined ? word : undefined,
    CONF: files.join(' ') || undefined,
  }
  return Object.fromEntries(
    Object.entries(found).flatMap(([name, value]) => (value === undefined ? [] : [[`DARTAGNAN_${name}`, value]])),
  )
}
