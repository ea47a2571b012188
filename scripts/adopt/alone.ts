import { posix } from 'node:path'
import { isLocalName, plainImageName } from '../docker/image-name.ts'
import { parseDockerfile } from '../image/dockerfile.ts'
import { quote } from './draft.ts'
import { type Finding, missing, note, some } from './finding.ts'
import { behindEach } from './front.ts'
import { findRecipe } from './recipe.ts'
import { isJob, serverOf } from './server.ts'
import {
  ASIDE,
  type Build,
  CODE,
  insideOf,
  isWithin,
  LISTS,
  mapValues,
  mountsOf,
  type Project,
  type Service,
  type SourceTree,
} from './source-tree.ts'
import { isTool, profiledIn } from './web.ts'

const PLAIN = /^([Dd]ockerfile|Containerfile)$/
const OTHER = /^(Dockerfile|Containerfile)\.\w+$|\.Dockerfile$/
/** What the Dockerfile of a database begins with. */
export const DATABASE =
  /^FROM\s+\S*(postgres|mysql|mariadb|mongo|redis|mssql|cassandra|elasticsearch|clickhouse|couchdb|rabbitmq|influxdb|neo4j)/im
const DEVELOPMENT = /dev|test|debug|local|ci\b|e2e|base|compose/i

type Alone = { readonly project?: Project; readonly findings: readonly Finding[] }
/**
 * Finds the application in the Dockerfiles that no service of `project` builds, and gives the project with a service for it: the one of
 * the folder, else the only one below it. Where there are several, the user must choose.
 */
export function findAlone(tree: SourceTree, project: Project | undefined): Alone {
  const found = unbuilt(tree, project)
  const [first, ...others] = found.includes('Dockerfile') ? ['Dockerfile'] : found
  if (first === undefined) return { findings: [] }
  if (others.length > 0) return { findings: [chooseFinding(found, project)] }
  const build = buildOf(tree, first)
  const bare = { file: posix.join(tree.dir, first), text: '', name: '', volumes: {} }
  if (!project) return { project: { ...bare, services: { app: { build } } }, findings: [] }
  const name = project.services['app'] ? 'application' : 'app'
  const recipe = posix.dirname(first) === '.' ? undefined : findRecipe(tree)
  const other = recipe ? `if it is the ${recipe.kind} in this folder: write a Dockerfile for that; else ` : ''
  const finding = note(
    'web',
    `no service of ${project.file} is the application, and none builds ${first}: it becomes the application`,
    `${couldBe(tree, project)}${other}what it needs from the others (environment, volumes) is not there: add it as a service to ${project.file}, and run this again`,
    { where: first, confidence: 'guess' },
  )
  return { project: { ...project, services: { ...project.services, [name]: { build } } }, findings: [finding] }
}

// The services that are neither a server of data nor a job: one of them can be it, whatever nobody has published.
function couldBe(tree: SourceTree, project: Project): string {
  const behind = behindEach(tree, project)
  const names = Object.entries(project.services).flatMap(([name, spec]) =>
    isTool(name, spec) || isJob({ tree, project, behind }, name) || serverOf(tree, project, name) ? [] : name,
  )
  const said = `if it is ${names.join(' or ')}: the same command with SERVICE=${names[0]} before it; else `
  return names.length > 0 ? said : ''
}

/** The Dockerfiles that can be an application's, and that no service builds: those with the plain name, else others. */
export function unbuilt(tree: SourceTree, project: Project | undefined): string[] {
  const { files, sources } = tree
  const built = Object.values(project?.services ?? {}).flatMap(({ build }) =>
    build ? insideOf(tree, posix.resolve(build.context, build.dockerfile ?? 'Dockerfile')) : [],
  )
  const isData = (file: string) => DATABASE.test(sources[file] ?? '')
  const free = files.filter((file) => !built.includes(file) && !ASIDE.test(file) && !isData(file)).toSorted()
  const named = (name: RegExp) => free.filter((file) => name.test(posix.basename(file)))
  const plain = named(PLAIN)
  return plain.length > 0 ? plain : named(OTHER).filter((file) => !DEVELOPMENT.test(posix.basename(file)))
}

/** Whether nobody but its author can have the image of a service, for it is built by hand: no registry answers to its name. */
export const isByHand = ({ images }: SourceTree, { image, pull_policy: policy }: Service): boolean =>
  image !== undefined && (policy === 'never' || isLocalName(image)) && images[image]?.isHere !== false

/** The tree with a build for each image that is built by hand: from the Dockerfile that is called as it is, or is the only one. */
export function withByHand(tree: SourceTree): SourceTree {
  const { compose } = tree
  if (!compose) return tree
  const all = unbuilt(tree, compose)
  const found = all.includes('Dockerfile') ? ['Dockerfile'] : all
  const isOpen = (spec: Service) => !spec.build && isByHand(tree, spec)
  const images = new Set(Object.values(compose.services).flatMap((spec) => (isOpen(spec) ? spec.image : [])))
  // A service that needs a profile may be built from it.
  const only = images.size === 1 && found.length === 1 && profiledIn(compose).length === 0 ? found[0] : undefined
  const build = (spec: Service, service: string): Service => {
    const names = [service, plainImageName(spec.image ?? '')]
    const called = all.find((file) => file.split(/[/.]/).some((part) => names.includes(part)))
    const file = isOpen(spec) ? (called ?? only) : undefined
    return file ? { ...spec, build: buildOf(tree, file), 'x-by-hand': file } : spec
  }
  return { ...tree, compose: { ...compose, services: mapValues(compose.services, build) } }
}

// What a Dockerfile copies says from where it is built: its own folder, or that of the repository.
function buildOf({ root, dir, files, sources }: SourceTree, file: string): Build {
  const folder = posix.dirname(file)
  const paths = parseDockerfile(sources[file] ?? '')
    .stages.flatMap(({ copies }) => copies.flatMap(({ from, sources: all }) => (from === '' ? all : [])))
    .map((path) => posix.normalize(path).replace(/^\/|\/$/g, ''))
    .filter((path) => path !== '.' && !/[*?$]/.test(path))
  const hasAll = (base: string) => paths.every((path) => files.some((one) => isWithin(one, posix.join(base, path))))
  const isCode = (one: string) => LISTS.test(one) || (CODE.test(one) && !one.endsWith('.sh'))
  const isOwn = files.some((one) => isWithin(one, folder) && isCode(one))
  const inFolder = folder === '.' || (hasAll(folder) ? isOwn || !hasAll('.') : isOwn && !hasAll('.'))
  const top = posix.join(root, dir)
  const own = inFolder ? posix.basename(file) : file
  return { context: inFolder ? posix.join(top, folder) : top, ...(own === 'Dockerfile' ? {} : { dockerfile: own }) }
}

function chooseFinding(found: readonly string[], project: Project | undefined): Finding {
  const [first = ''] = found
  // A folder that holds only what a build needs.
  const folder = posix.dirname(first).replace(/(^|\/)(src\/main\/)?docker$/i, '')
  const inside = posix.relative(folder, first)
  const build = inside === 'Dockerfile' ? `./${folder}` : `{context: ./${folder}, dockerfile: ${inside}}`
  const mend = project
    ? `add a service for each that the release needs to ${project.file} (build: ${build}, and ports:), then run this again`
    : PLAIN.test(posix.basename(first))
      ? `for one of them: the same command with APP_DIR=${quote(posix.dirname(first))} before it; for several: write a compose.yaml with a service for each`
      : `write a compose.yaml with a service for each that the release needs: services: {app: {build: ${build}, ports: ["PORT:PORT"]}}`
  return missing('Dockerfile', `${found.length} of them, and no service builds one: ${found.join(', ')}`, mend)
}

/** Names the Dockerfiles that no service builds: what they hold is in no release. */
export function unbuiltFinding(tree: SourceTree, compose: Project): Finding | undefined {
  const files = unbuilt(tree, compose)
  const services = Object.values(compose.services)
  const isAny = services.some(({ build }) => build)
  const isMounted = mountsOf(compose).some(({ source = '' }) => isWithin(source, tree.root))
  const isCode = !isAny && !isMounted && Object.keys(tree.sources).some((file) => CODE.test(file))
  if (files.length === 0 && !isCode) return undefined
  const why = isAny
    ? 'is it the whole application?'
    : 'the release runs ready images, and not the code of this repository'
  return note(
    'compose',
    `no service of ${compose.file} builds ${files.length > 0 ? some(files) : 'anything'}: ${why}`,
    'if it should, write a service with build: for each part that the release needs, then run this again',
    { where: compose.file, confidence: 'guess' },
  )
}
