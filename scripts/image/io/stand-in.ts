import { Failure } from '../../cli/failure.ts'
import { exec, lastWord } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { findImage } from '../../docker/io/engine.ts'
import type { RegistrySettings } from '../../registry/io/client.ts'
import { pullImage } from '../../registry/io/pull.ts'
import { registryOf } from '../../registry/name.ts'
import type { ImageLock, LockedImage } from '../image-lock.ts'
import { hasStandIns, ON_DEMAND, type StandIn, sayStandIn, standInFor, whyNoStandIn } from '../stand-in.ts'
import { imageFolder, pullLocked, readLock, standInTag } from './images.ts'

const BASE_IMAGE = 'dartagnan/base:trixie'

/** Builds a stand-in where this engine lacks it, and gives the lock's entry for it. */
export async function buildStandIn(standIn: StandIn): Promise<LockedImage> {
  const { name, upstream } = standIn
  const there = await findStandIn(standIn)
  if (there) return there
  log.warn(`no image registry answers: building a STAND-IN for ${upstream} from Debian's packages`)
  if ((await findImage(BASE_IMAGE)) === undefined)
    throw new Failure(`the base of all stand-ins, ${BASE_IMAGE}, is not on this engine`, {
      next: 'docker image rm $(docker images -q dartagnan/toolkit) && make setup',
    })
  const [tag, label] = [standInTag(name), ['--label', `org.dartagnan.stand-in=${upstream}`]]
  await buildxLoad(tag, 'BASE_IMAGE', BASE_IMAGE, imageFolder(name), label)
  return { upstream, source: 'stand-in', reference: tag, id: (await findImage(tag))?.Id ?? '' }
}

/** Builds one of the toolkit's own images on another image. */
export async function buildxLoad(tag: string, arg: string, base: string, folder: string, more: readonly string[]) {
  const labels = ['--label', 'org.dartagnan=image', ...more]
  await exec(['docker', 'buildx', 'build', '--load', ...labels, '--tag', tag, '--build-arg', `${arg}=${base}`, folder])
}

/** Whether the engine's registry answers: then a failed pull is an error, and no stand-in is built. */
export async function registryAnswers(): Promise<boolean> {
  const { stdout } = await exec(['docker', 'info', '--format', '{{.IndexServerAddress}}'], { quiet: true })
  return await fetch(stdout.trim(), { signal: AbortSignal.timeout(10_000) }).then(
    () => true,
    () => false,
  )
}

/**
 * Adds to the lock a stand-in for each image that it does not name and that this engine neither has nor can pull.
 * Throws a Failure for an image that has no stand-in either.
 */
export async function withStandIns(lock: ImageLock, images: readonly string[]): Promise<ImageLock> {
  if (!hasStandIns(lock)) return lock
  const found = { ...lock }
  for (const image of images) {
    const { name } = standInFor(image, found) ?? {}
    if ((name && found[name]) || (await findImage(image))) continue
    const made = await makeStandIn(image, lock)
    if (typeof made === 'string') throw absent(image, made)
    if (name && made) found[name] = made
  }
  return found
}

/**
 * The local name of the image to run where a service names `image`: itself, pulled if need be, or its stand-in. With the
 * pull policy `never` only what is on this engine. Throws a Failure where there is none.
 */
export async function findServiceImage(
  config: RegistrySettings,
  image: string,
  policy?: string,
): Promise<{ name: string; id: string }> {
  const [here, lock] = [await findImage(image), readLock()]
  if (here) return { name: image, id: here.Id }
  if (policy === 'never')
    throw new Failure(`the image ${image} is not on this engine, and its pull_policy is never`, {
      next: `docker build --tag ${image} …, or docker load`,
    })
  // Another registry may ask for a login; stand-ins replace images of the default registry alone.
  const isHub = (registryOf(image) ?? 'docker.io') === 'docker.io'
  const made = hasStandIns(lock) && isHub ? await makeStandIn(image, lock) : undefined
  if (typeof made === 'string') throw absent(image, made)
  if (made === undefined) return { name: image, id: await pullImage(config, image) }
  log.warn(sayStandIn(image, made))
  return { name: made.reference, id: made.id }
}

const absent = (image: string, said: string) =>
  new Failure(`the image ${image} is not on this engine, and cannot be pulled: ${said}`, {
    detail: whyNoStandIn(image),
    next: `docker pull ${image}   (or run docker save where it can be pulled, and docker load here)`,
  })

/** The stand-ins on this engine that an application needed. */
export async function listStandIns(): Promise<LockedImage[]> {
  const all = Object.entries(ON_DEMAND).map(([name, upstream]) => findStandIn({ name, upstream }))
  return (await Promise.all(all)).filter((image) => image !== undefined)
}

async function findStandIn({ name, upstream }: StandIn): Promise<LockedImage | undefined> {
  const reference = standInTag(name)
  const found = await findImage(reference)
  return found && { upstream, source: 'stand-in', reference, id: found.Id }
}

// Finds or builds a stand-in. Once built, it serves until the lock is made anew: a registry that comes and goes changes
// no release. Undefined where the image could be pulled after all; the engine's message where neither works.
async function makeStandIn(image: string, lock: ImageLock): Promise<LockedImage | string | undefined> {
  const standIn = standInFor(image, lock)
  const there = standIn && (await findStandIn(standIn))
  if (there) return there
  const pulled = await pullLocked(image, image)
  if (typeof pulled !== 'string') return undefined
  return standIn && !(await registryAnswers()) ? await buildStandIn(standIn) : lastWord(pulled)
}
