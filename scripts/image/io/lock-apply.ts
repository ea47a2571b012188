import { Failure } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import type { ImageLock, LockedImage } from '../image-lock.ts'
import type { ImageStep } from '../lock-plan.ts'
import { pullLocked, readImageIds } from './images.ts'
import { buildStandIn, buildxLoad, registryAnswers } from './stand-in.ts'

/** Pulls the upstream image or builds its stand-in, and gives the lock's entry for it. */
export async function resolveImage(step: ImageStep): Promise<LockedImage> {
  log.step(`resolve ${step.name} (${step.upstream})`, step.because)
  const pulled = await pullLocked(step.upstream, step.pull)
  if (typeof pulled !== 'string') return pulled
  if (await registryAnswers())
    throw new Failure(`cannot pull ${step.pull}: ${pulled}`, { next: `docker pull ${step.pull}` })
  const built = await buildStandIn(step)
  log.done(`${step.name}: ${built.reference}`)
  return built
}

/** Builds the proxy's image where it is not there yet: HAProxy as locked, with socat. */
export async function ensureProxyImage(tag: string, haproxy: LockedImage): Promise<void> {
  if ((await readImageIds([tag]))[tag] !== undefined) return
  log.step(`build ${tag}`, 'not on this engine')
  await buildxLoad(tag, 'HAPROXY_IMAGE', haproxy.reference, 'compose/images/proxy', [])
}

/** The warning that some images are stand-ins; empty where all are upstream's. */
export function standInNotice(lock: ImageLock): string {
  const names = Object.values(lock)
    .filter(({ source }) => source === 'stand-in')
    .map(({ upstream }) => upstream)
  return names.length === 0
    ? ''
    : `STAND-INS built from Debian's packages serve for ${names.join(', ')}: no image registry answered`
}
