import { isAbsolute, join, relative, resolve } from 'node:path'
import { Failure } from '../cli/failure.ts'
import type { Settings } from '../config/settings.ts'
import { APP, type ComposeBuild, type ComposeModel, unescapeDollars } from '../docker/compose-model.ts'

/** What the files of an image are, and how it is built from them. Paths count from the project's folder. */
export type Source = {
  readonly context: string
  readonly file: string
  /** The stage to stop at; the last one without. */
  readonly target?: string | undefined
  readonly args: Readonly<Record<string, string>>
  /** The images of other builds that it takes, by the names in its Dockerfile: the service that a source names, the repository for a build. */
  readonly takes?: Readonly<Record<string, string>>
}
/** One image of a release that is built here. */
export type Build = Source & {
  /** What its repository adds to the application's; empty for the application's own. */
  readonly name: string
  readonly repository: string
  /** The services that run it. */
  readonly services: readonly string[]
}
/** The application's build, then those of other services. */
export type Builds = readonly [Build, ...Build[]]

/** The project's folder, and that of its repository. */
export type Place = { readonly project: string; readonly top: string }
type Given = Pick<Settings, 'APP_DIR' | 'IMAGE_REPOSITORY'>

// What changes how an image is built, but not what it does.
const WITHOUT_EFFECT = ['cache_from', 'cache_to', 'no_cache', 'pull', 'tags', 'labels', 'shm_size', 'ulimits']
const KNOWN = ['context', 'dockerfile', 'target', 'args', 'additional_contexts', ...WITHOUT_EFFECT]
const SERVICE = 'service:'

/**
 * The images that a resolved Compose file asks to build: services with the same build share one. The application's is that of APP_DIR,
 * unless its service has a build of its own. Throws a Failure for what cannot be built here.
 */
export function planBuilds({ services }: ComposeModel, settings: Given, place: Place): Builds {
  const { APP_DIR, IMAGE_REPOSITORY: repository } = settings
  const asked = services[APP]?.build
  const app = asked ? sourceOf(APP, asked, place) : usualSource(APP_DIR)
  const builds: [Build, ...Build[]] = [{ ...app, name: '', repository, services: [APP] }]
  for (const [service, { build }] of Object.entries(services).sort(([one], [other]) => (one < other ? -1 : 1))) {
    if (service === APP || build === undefined) continue
    const source = sourceOf(service, build, place)
    const same = builds.findIndex((one) => keyOf(one) === keyOf(source))
    const shared = builds[same]
    if (shared) builds[same] = { ...shared, services: [...shared.services, service] }
    else builds.push(newBuild(builds, source, service, repository))
  }
  const [first, ...others] = builds
  const all: Builds = [withTaken(first, builds), ...others.map((one) => withTaken(one, builds))]
  inOrder(all)
  return all
}

// The services whose images a build takes become the repositories of these.
function withTaken(build: Build, builds: readonly Build[]): Build {
  if (!build.takes) return build
  const taken = Object.entries(build.takes).map(([name, service]) => {
    const from = builds.find(({ services }) => services.includes(service))
    if (from) return [name, from.repository] as const
    throw new Failure(`the build of ${callBuild(build)} takes the image of "${service}", which no build here makes`, {
      next: `in build.additional_contexts of the service "${build.services[0]}" name a service that has a build`,
    })
  })
  return { ...build, takes: Object.fromEntries(taken) }
}

/**
 * Gives builds so that each comes after those whose images it takes, else the application's last: all, or the `wanted` with what they
 * need. Throws a Failure where there is no such order.
 */
export function inOrder<B extends Build>(
  [app, ...others]: readonly [B, ...B[]],
  wanted: readonly B[] = [...others, app],
): B[] {
  const done = new Set<B>()
  const add = (build: B, before: readonly B[]) => {
    if (before.includes(build))
      throw new Failure(`builds take each other's images: ${before.map(callBuild).join(', ')}`, {
        next: 'leave one of these out of build.additional_contexts in the Compose file',
      })
    for (const one of takenBuilds(build, [app, ...others])) add(one, [...before, build])
    done.add(build)
  }
  for (const build of wanted) add(build, [])
  return [...done]
}

/** The builds whose images a build takes. */
export const takenBuilds = <B extends Build>({ takes = {} }: Build, builds: readonly B[]): B[] =>
  builds.filter(({ repository }) => Object.values(takes).includes(repository))

function newBuild(builds: readonly Build[], source: Source, service: string, repository: string): Build {
  const name = service.toLowerCase().replace(/[^a-z0-9]+/g, '-')
  const taken = builds.find((one) => one.name === name)
  if (taken)
    throw new Failure(`the services "${taken.services[0]}" and "${service}" would both name the image ${name}`, {
      next: 'rename one of them in the Compose file',
    })
  return { ...source, name, repository: repositoryOf(repository, name), services: [service] }
}

/** The repository of a build's image. */
export const repositoryOf = (repository: string, name: string): string => (name ? `${repository}-${name}` : repository)

function sourceOf(service: string, build: ComposeBuild, { project, top }: Place): Source {
  const other = Object.keys(build).find((key) => !KNOWN.includes(key))
  if (other !== undefined)
    throw new Failure(`build.${other} of the service "${service}" is not supported`, {
      next: `leave it out: a build takes context, dockerfile, target and args, and all of it comes from git`,
    })
  const contexts = Object.entries(build.additional_contexts ?? {})
  if (contexts.some(([, from]) => !from.startsWith(SERVICE)))
    throw new Failure(`build.additional_contexts of the service "${service}" takes more than images of its services`, {
      next: `name only services there (NAME: ${SERVICE}php), and let the Dockerfile copy the rest from its context`,
    })
  const takes = Object.fromEntries(contexts.map(([name, from]) => [name, from.slice(SERVICE.length)]))
  const context = unescapeDollars(build.context ?? project)
  const file = resolve(context, unescapeDollars(build.dockerfile ?? 'Dockerfile'))
  // A context may be a URL, too.
  for (const path of [context, file])
    if (!isAbsolute(path) || relative(top, path).split('/')[0] === '..')
      throw new Failure(`the build of the service "${service}" takes ${path}, which is outside of this repository`, {
        next: 'let build.context and build.dockerfile name a folder and a file of this repository',
      })
  const args = Object.entries(build.args ?? {}).flatMap(([name, value]) =>
    value === null ? [] : [[name, unescapeDollars(value)] as const],
  )
  return {
    context: relative(project, context) || '.',
    file: relative(project, file),
    ...(build.target ? { target: unescapeDollars(build.target) } : {}),
    args: Object.fromEntries(args),
    ...(contexts.length > 0 ? { takes } : {}),
  }
}

const usualSource = (folder: string): Source => ({ context: join(folder), file: join(folder, 'Dockerfile'), args: {} })
/** Whether a build is that of the whole Dockerfile in APP_DIR. */
export const isUsual = (source: Source, folder: string): boolean => keyOf(source) === keyOf(usualSource(folder))
const keyOf = ({ context, file, target, args, takes = {} }: Source) =>
  JSON.stringify([context, file, target ?? '', Object.entries(args).sort(), Object.entries(takes).sort()])

/** The id of the image that each service with a build runs; `ids` has those of the builds by their names. */
export const idsByService = (builds: Builds, ids: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(builds.flatMap(({ name, services }) => services.map((service) => [service, ids[name] ?? ''])))

/** Calls a build in a message: the application's has no name. */
export const callBuild = ({ name }: Pick<Build, 'name'>): string => name || 'the application'
