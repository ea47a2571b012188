import { basename } from 'node:path'
import * as v from 'valibot'
import { tryExec } from '../../cli/io/exec.ts'
import { tryJson } from '../../cli/parse.ts'
import { reference } from '../../docker/compose-schema.ts'
import { findImage } from '../../docker/io/engine.ts'
import { parseDockerfile } from '../../image/dockerfile.ts'
import type { ImageLock } from '../../image/image-lock.ts'
import { hasStandIns } from '../../image/stand-in.ts'
import type { ImageFacts, Project, SourceTree } from '../source-tree.ts'

/** What the images say that services run, or that Dockerfiles build on: those on this engine, else what a registry says. */
export async function readImages(
  compose: Project | undefined,
  sources: SourceTree['sources'],
  lock: ImageLock,
): Promise<SourceTree['images']> {
  const run = Object.values(compose?.services ?? {}).flatMap(({ image }) => image ?? [])
  const dockerfiles = Object.entries(sources).filter(([file]) => /(^|\.)dockerfile(\.|$)/i.test(basename(file)))
  const names = [...run, ...dockerfiles.flatMap(([, text]) => parseDockerfile(text).images)]
  const asks = !hasStandIns(lock)
  const facts = [...new Set(names)].map(async (name) => {
    const here = await findImage(name)
    return [
      name,
      here ? factsOf(here.Config, true) : asks && run.includes(name) ? await askRegistry(name) : undefined,
    ] as const
  })
  return Object.fromEntries((await Promise.all(facts)).flatMap(([name, found]) => (found ? [[name, found]] : [])))
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
  if (!v.is(reference, name)) return undefined
  const argv = ['docker', 'buildx', 'imagetools', 'inspect', '--format', '{{json .Image}}', name] as const
  const { stdout } = await tryExec(argv, { quiet: true, timeout: 15 })
  const said = tryJson(stdout)
  const all = v.is(IMAGE, said) ? [said] : Object.values(v.is(v.record(v.string(), v.unknown()), said) ? said : {})
  const [image] = all.filter((one) => v.is(IMAGE, one))
  return image && factsOf(image.config, false)
}

function factsOf(
  { Volumes, Env, ExposedPorts, User, Entrypoint, Cmd }: v.InferOutput<typeof CONFIG>,
  isHere: boolean,
): ImageFacts {
  const list = (said: string | string[] | null | undefined) => (typeof said === 'string' ? [said] : (said ?? []))
  const pairs = (Env ?? []).map((line) => [line.replace(/=.*/s, ''), line.slice(line.indexOf('=') + 1)])
  return {
    isHere,
    volumes: Object.keys(Volumes ?? {}),
    environment: Object.fromEntries(pairs),
    ports: Object.keys(ExposedPorts ?? {}).flatMap((port) =>
      port.endsWith('/udp') ? [] : [Number.parseInt(port, 10)],
    ),
    user: User ?? '',
    entrypoint: list(Entrypoint),
    cmd: list(Cmd),
  }
}
