import { basename } from 'node:path'
import * as v from 'valibot'
import { tryExec } from '../../cli/io/exec.ts'
import { tryJson } from '../../cli/parse.ts'
import { reference } from '../../docker/compose-schema.ts'
import { isCapital } from '../../docker/image-name.ts'
import { findImage, findNewest } from '../../docker/io/engine.ts'
import { listImagePaths } from '../../docker/io/image-files.ts'
import { HELPER, OWNER } from '../../docker/labels.ts'
import { volumePaths } from '../../docker/paths.ts'
import { repositoryOf } from '../../image/builds.ts'
import { parseDockerfile } from '../../image/dockerfile.ts'
import { hasStandIns } from '../../image/stand-in.ts'
import { COMPOSER } from '../php-packages.ts'
import type { ImageFacts, Project, SourceTree } from '../source-tree.ts'

/** What the images say that services run, or that Dockerfiles build on: those on this engine, else what a registry says. */
export async function readImages({ compose, sources, lock }: Pick<SourceTree, 'compose' | 'sources' | 'lock'>) {
  const run = Object.values(compose?.services ?? {}).flatMap(({ image }) => image ?? [])
  const dockerfiles = Object.entries(sources).filter(([file]) =>
    /(^|[._-])(docker|container)file([._-]|$)/i.test(basename(file)),
  )
  const packages = Object.keys(sources).some((file) => basename(file) === 'composer.json') ? [COMPOSER] : []
  const names = [...run, ...dockerfiles.flatMap(([, text]) => parseDockerfile(text).images), ...packages]
  const asks = !hasStandIns(lock)
  const facts = [...new Set(names)].map(async (name) => {
    const here = await look(name, run.includes(name))
    return [name, here ?? (asks ? await askRegistry(name) : undefined)] as const
  })
  return Object.fromEntries((await Promise.all(facts)).flatMap(([name, found]) => (found ? [[name, found]] : [])))
}

/** What the images say that were built for services: by `make build`, else by Compose. */
export async function readBuilt(repository: string, compose: Project | undefined): Promise<SourceTree['built']> {
  const names = Object.entries(compose?.services ?? {}).flatMap(([name, { build }]) => (build ? name : []))
  const found = ['', ...names].map(async (service) => {
    const own = repositoryOf(repository, service.toLowerCase().replace(/[^a-z0-9]+/g, '-'))
    const other = compose?.services[service]?.image ?? `${compose?.name}-${service}`
    const facts = (await look((await findNewest(own)) ?? '', true)) ?? (service ? await look(other, true) : undefined)
    return facts ? [[service, facts] as const] : []
  })
  return Object.fromEntries((await Promise.all(found)).flat())
}

// One image after the other: each is read whole.
let queue: Promise<unknown> = Promise.resolve()
const MOST_BYTES = 4e9

async function look(name: string, lists: boolean): Promise<ImageFacts | undefined> {
  // The engine takes a name with capital letters for an error.
  const here = name === '' || isCapital(name) ? undefined : await findImage(name)
  if (!here) return undefined
  const facts = factsOf(here.Config, true)
  if (!lists || here.Size > MOST_BYTES) return facts
  const files = queue.then(() => listImagePaths(here.Id, { [OWNER]: HELPER }))
  queue = files.catch(() => undefined)
  // Where the engine is too busy to show them, nobody has looked.
  return { ...facts, files: await files.catch(() => undefined) }
}

const words = v.optional(v.nullable(v.union([v.string(), v.array(v.string())])))
const keys = v.optional(v.nullable(v.record(v.string(), v.unknown())))
const CONFIG = v.looseObject({
  ...{ Volumes: keys, ExposedPorts: keys, Entrypoint: words, Cmd: words },
  ...{ Env: v.optional(v.nullable(v.array(v.string()))), User: v.optional(v.string()) },
})
const IMAGE = v.looseObject({ config: CONFIG })

// A pull would take minutes; the description of an image takes a second. It is for one platform, or by platform.
async function askRegistry(name: string): Promise<ImageFacts | undefined> {
  if (!v.is(reference, name) || isCapital(name)) return undefined
  const argv = ['docker', 'buildx', 'imagetools', 'inspect', '--format', '{{json .Image}}', name] as const
  const { stdout } = await tryExec(argv, { quiet: true, timeout: 15 })
  const said = tryJson(stdout)
  const all = v.is(IMAGE, said) ? [said] : Object.values(v.is(v.record(v.string(), v.unknown()), said) ? said : {})
  const [image] = all.filter((one) => v.is(IMAGE, one))
  return image && factsOf(image.config, false)
}

function factsOf(config: v.InferOutput<typeof CONFIG>, isHere: boolean): ImageFacts {
  const { Volumes, Env, ExposedPorts, User, Entrypoint, Cmd } = config
  const list = (said: string | string[] | null | undefined) => (typeof said === 'string' ? [said] : (said ?? []))
  const pairs = (Env ?? []).map((line) => [line.replace(/=.*/s, ''), line.slice(line.indexOf('=') + 1)])
  return {
    isHere,
    volumes: volumePaths(Volumes),
    environment: Object.fromEntries(pairs),
    ports: Object.keys(ExposedPorts ?? {}).flatMap((port) =>
      port.endsWith('/udp') ? [] : [Number.parseInt(port, 10)],
    ),
    user: User ?? '',
    entrypoint: list(Entrypoint),
    cmd: list(Cmd),
  }
}
