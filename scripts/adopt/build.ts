import { posix } from 'node:path'
import { type DockerfileFacts, parseDockerfile, type Stage } from '../image/dockerfile.ts'
import { type Build, countOf, type Project, type Service, type SourceTree } from './source-tree.ts'

/** The text of the Dockerfile of a build; undefined where there is none. */
export function dockerfileOf({ root, dir, sources }: SourceTree, build: Build): string | undefined {
  const folder = posix.relative(posix.join(root, dir), build.context)
  return build.dockerfile_inline ?? sources[posix.join(folder, build.dockerfile ?? 'Dockerfile')]
}

/** The tree with the services of which a container is asked for, and with the names that builds take: a `dockerfile`, where no `Dockerfile` is. */
export function withDockerfiles(tree: SourceTree): SourceTree {
  const { compose, root, dir, sources } = tree
  const named = ([name, spec]: [string, Service]): [string, Service] => {
    const { build } = spec
    const inside = posix.relative(posix.join(root, dir), posix.join(build?.context ?? '', 'dockerfile'))
    const isOther = (build?.dockerfile ?? 'Dockerfile') === 'Dockerfile' && sources[inside] !== undefined
    const isLower = build && isOther && dockerfileOf(tree, build) === undefined
    return [name, isLower ? { ...spec, build: { ...build, dockerfile: 'dockerfile' } } : spec]
  }
  if (!compose) return tree
  const [idle = [], started = []] = [true, false].map((isIdle) =>
    Object.entries(compose.services).filter(([, spec]) => (countOf(spec) === 0) === isIdle),
  )
  const services = Object.fromEntries(started.map(named))
  return { ...tree, compose: { ...compose, services, idle: idle.map(([name]) => name) } }
}

/** What the Dockerfile of a service says; undefined for a ready image. */
export function factsOf(tree: SourceTree, { build }: Service): DockerfileFacts | undefined {
  const text = build && dockerfileOf(tree, build)
  return build && text !== undefined ? parseDockerfile(text, argsOf(build), build.target) : undefined
}
/** The stage that a service runs. */
export const stageOf = (tree: SourceTree, spec: Service): Stage | undefined => factsOf(tree, spec)?.target

/** A service with the build of the image that it names, where another service builds that. */
export function withBuilder({ services }: Project, spec: Service): Service {
  const builder = Object.values(services).find((one) => one.build && spec.image && one.image === spec.image)
  return spec.build || !builder?.build ? spec : { ...spec, build: builder.build }
}

/** The build arguments that the Compose file gives a value. */
export const argsOf = ({ args = {} }: Build): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(args).flatMap(([name, value]) =>
      value === null || value === undefined ? [] : [[name, String(value)]],
    ),
  )

/** Whether two services have the same image built. */
export const isSameBuild = (one: Build | undefined, other: Build | undefined): boolean =>
  one !== undefined &&
  other !== undefined &&
  one.context === other.context &&
  (one.dockerfile ?? 'Dockerfile') === (other.dockerfile ?? 'Dockerfile') &&
  one.dockerfile_inline === other.dockerfile_inline &&
  one.target === other.target &&
  JSON.stringify(argsOf(one)) === JSON.stringify(argsOf(other))

/** Where a file or folder of the build's context lies in the image, through all stages that pass it on. */
export const placeIn = (facts: DockerfileFacts, file: string): string | undefined =>
  facts.target && placesOf(facts, facts.target, file)[0]

/** All places of a file or folder of the context in a stage. */
export function placesOf(facts: DockerfileFacts, stage: Stage, file: string): string[] {
  return stage.copies.flatMap(({ from, sources, to }) => {
    const earlier = facts.stages
      .slice(0, facts.stages.indexOf(stage))
      .findLast(({ name }) => name !== '' && name === from)
    const places = from === '' ? [posix.join('/', file)] : earlier ? placesOf(facts, earlier, file) : []
    return sources.flatMap((source) => {
      const folder = posix.join('/', source)
      return places.flatMap((place) => {
        const rest = posix.relative(folder, place)
        if (rest.startsWith('..')) return []
        // COPY puts a file into a folder that has a slash at its end.
        const name = place === folder && (to.endsWith('/') || sources.length > 1) ? posix.basename(place) : ''
        return posix.join(to, rest || (/\.\w+$/.test(name) ? name : ''))
      })
    })
  })
}
