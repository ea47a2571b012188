import { posix } from 'node:path'
import type { Variables } from '../config/settings.ts'
import type { ImageLock } from '../image/image-lock.ts'
import type { Mount, parseProject, Service } from './parse-project.ts'

export { isScratch, isWithin } from '../docker/paths.ts'
export type { Build, Mount, Service, Used } from './parse-project.ts'

/** Everything that `make adopt` read in a folder. Paths are relative to it; the Compose project's are absolute. */
export type SourceTree = {
  readonly dir: string
  /** The absolute path of the checkout. */
  readonly root: string
  /** The absolute path of the top folder of its repository, where that may lie above it. */
  readonly top?: string
  /** The path of the Compose file to propose. */
  readonly composeFile: string
  readonly files: readonly string[]
  /** The files of variables that have a dot first, as .env: git keeps few of them, and the others are not among `files`. */
  readonly envFiles?: readonly string[]
  /** What each .env says of the application, by its path in the folder. */
  readonly envValues?: Readonly<Record<string, Variables>>
  /** The text of each source and configuration file, by path, without the largest files. */
  readonly sources: Readonly<Record<string, string>>
  readonly lock: ImageLock
  readonly compose: Project | undefined
  /** The files that git keeps, from the root of the checkout. */
  readonly tracked: readonly string[]
  /** The folders of which git keeps a commit of another repository alone, likewise. */
  readonly links?: readonly string[]
  /** The mounted folders that have files which git neither keeps nor ignores. */
  readonly uncommitted?: readonly string[]
  /** Those that have no file but what only keeps a folder in git. */
  readonly bare?: readonly string[]
  /** The images that services run, or that Dockerfiles build from, as far as this engine or a registry has them. */
  readonly images: Readonly<Record<string, ImageFacts>>
  /** The newest image that was built for each service with a build; that of the application has the empty name. */
  readonly built?: Readonly<Record<string, ImageFacts>> | undefined
  /** The paths that the Compose project mounts from the host. */
  readonly binds: Readonly<Record<string, 'file' | 'folder' | 'missing'>>
  /** The paths of code, mounted or copied by a build, to which every user of this host may write: git does not keep that. */
  readonly open?: Readonly<Record<string, 'file' | 'folder'>> | undefined
  /** Each existing secret file of the Compose project: can other users read it, and would git commit it? */
  readonly secretFiles: Readonly<Record<string, { readonly open: boolean; readonly inGit: boolean }>>
  /** The image of each container of the Compose project on this engine, by service. */
  readonly ran: Readonly<Record<string, string>>
  /** The volumes of the Compose project that exist on this engine. */
  readonly live: readonly string[]
  /** The external networks, by their names on this engine, that no other project is on. */
  readonly alone?: readonly string[]
  /** What .env holds already, but what a former run wrote there and nobody has changed. */
  readonly given: Variables
  /** The service that is the application, if the user said so. */
  readonly service?: string | undefined
  /** The port that it listens on, likewise. */
  readonly port?: number | undefined
  /** The name of the project, if the user chose one. */
  readonly project: string | undefined
}

/** What an image says of the containers that are made from it. */
export type ImageFacts = {
  /** Whether this engine has it; else a registry does. */
  readonly isHere: boolean
  readonly volumes: readonly string[]
  readonly environment: Variables
  readonly ports: readonly number[]
  readonly user: string
  readonly entrypoint: readonly string[]
  readonly cmd: readonly string[]
  /** The absolute paths of its files; undefined where nobody has looked. */
  readonly files?: readonly string[] | undefined
}

/** A Compose project as `docker compose config` resolves it. */
export type Project = Readonly<ReturnType<typeof parseProject>> & {
  readonly file: string
  readonly text: string
  /** The text of all files that were read, where that is more. */
  readonly written?: string
  /** The files that were read together with it. */
  readonly joined?: readonly string[]
  /** An override file among these, which Compose merges by itself. */
  readonly override?: string | undefined
  /** Its services as the author wrote them, with their variables. */
  readonly raw?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** The values of the .env beside the Compose file, and the variables that have no value at all. */
  readonly given?: Variables
  readonly unset?: readonly string[]
  /** The files that its values are from: those of `env_file`, and the .env beside it. */
  readonly envFiles?: readonly string[]
  /** The files of `env_file` that do not exist. */
  readonly absent?: readonly string[]
  /** Other Compose files of the repository, which nobody reads. */
  readonly others?: readonly string[]
  /** The one for production among these that has the application, and that Compose could not read. */
  readonly unread?: { readonly file: string; readonly problem: string } | undefined
  /** The services that each of these has alone. */
  readonly only?: Readonly<Record<string, readonly string[]>>
  /** The file of the project that runs Compose with all that was read. */
  readonly told?: string | undefined
  /** Those of them that are as likely as the one that was read. */
  readonly rivals?: readonly string[]
  /** Those of all that are parts: a service there has neither an image nor a build, or the project runs them with the one read. */
  readonly partial?: readonly string[]
  /** The services that Compose starts only where a profile is asked for, with their profiles. */
  readonly profiled?: Readonly<Record<string, readonly string[]>>
  /** The services that were left out, because no container of them is asked for. */
  readonly idle?: readonly string[]
  /** Those that were left out, because they only run tests, and end. */
  readonly tests?: readonly string[]
  /** Those that were left out, because they only call a tool, without saying what for. */
  readonly tools?: readonly string[]
  /** Why Compose could not read the project. */
  readonly problem?: string
}

/** The names that a service has on its networks beside its own. */
export const aliasesOf = ({ networks }: Service): string[] =>
  Object.values(networks ?? {}).flatMap((network) => network?.aliases ?? [])

/** The absolute paths of the submodules of a repository: git keeps their files in others. */
export const modulesOf = (tree: Pick<SourceTree, 'root' | 'dir' | 'sources' | 'links'>): string[] => {
  const named = (tree.sources['.gitmodules'] ?? '').matchAll(/^\s*path\s*=\s*(\S+)/gm)
  const modules = Array.from(named, ([, path = '']) => posix.join(tree.dir, path))
  return [...new Set([...modules, ...(tree.links ?? [])])].flatMap((path) =>
    posix.basename(path) === '.dartagnan' ? [] : posix.join(tree.root, path),
  )
}

/** The mounts of all services of a project. */
export const mountsOf = ({ services }: Pick<Project, 'services'>): Mount[] =>
  Object.values(services).flatMap(({ volumes = [] }) => volumes)

/** The names by which the other services of a project reach one: its own comes first. */
export function namesOf({ services }: Project, service: string): string[] {
  const { container_name: container = service, hostname = service, ...spec } = services[service] ?? {}
  // `links: [db:database]` gives a service another name in one of the others.
  const links = Object.values(services).flatMap((one) => one.links ?? [])
  const linked = links.flatMap((link) => (link.startsWith(`${service}:`) ? (link.split(':')[1] ?? []) : []))
  return [service, ...aliasesOf(spec), container, String(hostname), ...linked]
}

/** What a service depends on. */
export const dependenciesOf = ({ depends_on: all = {} }: Service) => all

/** A command that runs tests. */
export const TESTS = /\b(npm|yarn|pnpm|bun)( run)? test\b|\b(pytest|jest|vitest|phpunit|rspec)\b|\bgo test\b/

/** How many containers the Compose file asks for. */
export const countOf = ({ scale, deploy }: Service): number => Number(scale ?? deploy?.replicas ?? 1)

/** A map with other values. */
export const mapValues = <V, W>(
  map: Readonly<Record<string, V>>,
  to: (value: V, key: string) => W,
): Record<string, W> => Object.fromEntries(Object.entries(map).map(([key, value]) => [key, to(value, key)]))

/** A path of the host from the folder that was read. */
export const insideOf = ({ root, dir }: Pick<SourceTree, 'root' | 'dir'>, path: string): string =>
  posix.relative(posix.join(root, dir), path)

/** What has a value in a map, such as an environment or the arguments of a build. */
export const textsOf = (map: Readonly<Record<string, unknown>> = {}): Variables =>
  Object.fromEntries(Object.entries(map).flatMap(([name, value]) => (value == null ? [] : [[name, String(value)]])))

/** What lists packages, or locks them: a Dockerfile copies these before the code. */
export const LISTS =
  /(^|\/)(package(-lock)?\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-(lock|workspace)\.yaml|bun\.lockb?|\.(npm|yarn|nvm)rc(\.yml)?|composer\.(json|lock)|Gemfile(\.lock)?|[\w.-]*requirements[\w.-]*|pyproject\.toml|poetry\.lock|uv\.lock|Pipfile(\.lock)?|go\.(mod|sum)|Cargo\.(toml|lock)|mix\.(exs|lock)|pom\.xml|(build|settings)\.gradle(\.kts)?|[\w.-]+\.(cs|fs)proj|[\w.-]+\.sln)$/

/** Files of variables. */
export const VARIABLES = /(^|\/)\.env(\.\w+)?$/
/** Whether a file builds a server of data, or fills it: further up than its data, it is none of them. */
export const isSetUp = (file: string): boolean => /(^|\/)(Docker|Container)file|\.(sql|sh|md|conf|cnf)$/.test(file)
/** The names of programs and pages. */
export const CODE = /\.([cm]?[jt]sx?|py|php|rb|go|java|kt|cs|rs|exs?|html?|css|vue|sh)$/
/** Whether a file is one of these: what makes a folder a package of Python is none. */
export const isCode = (file: string): boolean => CODE.test(file) && !/(^|\/)__init__\.py$/.test(file)

/** The folders in which a file is for something else than the application. */
export const ASIDE = /(^|\/)(tests?|e2e|ci|examples?|samples?|playwright|cypress|\.\w[^/]*)\//i

/** An example of a file of variables. */
export const ENV_EXAMPLE =
  /(^|[/._-])env\b[\w.-]*[._-]?(example|sample|template|tpl|base|dist|default)s?$|(^|[/._-])env_?(example|sample|template)$|(^|\/)(example|sample|template|default)\.env$/i
