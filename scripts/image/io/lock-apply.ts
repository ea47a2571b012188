import { writeFileSync } from 'node:fs'
import { Failure } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import { type ImageLock, type LockedImage, renderLock } from '../image-lock.ts'
import { type ImageStep, planImages } from '../lock-plan.ts'
import {
  imageFolder,
  LOCK_FILE,
  proxyTag,
  pullLocked,
  readImageIds,
  readLock,
  readUpstream,
  standInTag,
} from './images.ts'
import { buildStandIn, buildxLoad, registryAnswers } from './stand-in.ts'

/**
 * Brings every image of the lock, and the proxy's, onto this engine. Gives a warning where stand-ins serve, or an empty
 * text.
 */
export async function setUpImages(): Promise<string> {
  const [upstream, before] = [readUpstream(), readLock()]
  const standIns = Object.fromEntries(Object.keys(upstream).map((name) => [name, standInTag(name)]))
  const ids = await readImageIds(Object.values(before).map(({ reference }) => reference))
  const steps = planImages({ upstream, lock: before, ids, standIns })
  // All at once: each spends most of its time waiting for a registry or for apt.
  const resolved = await Promise.all(steps.map(async (step) => [step.name, await resolveImage(step)] as const))
  const lock: ImageLock = { ...before, ...Object.fromEntries(resolved) }
  if (resolved.length > 0) writeFileSync(LOCK_FILE, renderLock(lock))
  const haproxy = lock['haproxy']
  if (haproxy) await ensureProxyImage(proxyTag(haproxy), haproxy)
  return standInNotice(lock)
}

// Pulls the upstream image or builds its stand-in, and gives the lock's entry for it.
async function resolveImage(step: ImageStep): Promise<LockedImage> {
  log.step(`resolve ${step.name} (${step.upstream})`, step.because)
  const pulled = await pullLocked(step.upstream, step.pull)
  if (typeof pulled !== 'string') return pulled
  if (await registryAnswers())
    throw new Failure(`cannot pull ${step.pull}: ${pulled}`, { next: `docker pull ${step.pull}` })
  const built = await buildStandIn(step)
  log.done(`${step.name}: ${built.reference}`)
  return built
}

// Builds the proxy's image where this engine lacks it: the locked HAProxy, with socat.
async function ensureProxyImage(tag: string, haproxy: LockedImage): Promise<void> {
  if ((await readImageIds([tag]))[tag] !== undefined) return
  log.step(`build ${tag}`, 'not on this engine')
  await buildxLoad(tag, 'HAPROXY_IMAGE', haproxy.reference, imageFolder('proxy'), [])
}

function standInNotice(lock: ImageLock): string {
  const names = Object.values(lock)
    .filter(({ source }) => source === 'stand-in')
    .map(({ upstream }) => upstream)
  return names.length === 0
    ? ''
    : `STAND-INS built from Debian's packages serve for ${names.join(', ')}: no image registry answered`
}
