import { Failure } from '../core/failure.ts'
import type { ImageLock, LockedImage } from '../core/image-lock.ts'
import { exec } from '../io/exec.ts'
import { pullLocked, readImageIds } from '../io/images.ts'
import { log } from '../io/log.ts'
import type { ImageStep } from './plan.ts'

const BASE_IMAGE = 'dartagnan/base:trixie'

/** Pulls the upstream image or builds its stand-in, and gives the lock's entry for it. */
export async function resolveImage(step: ImageStep): Promise<LockedImage> {
  log.step(`resolve ${step.name} (${step.upstream})`, step.because)
  const pulled = await pullLocked(step.upstream, step.pull)
  if (typeof pulled !== 'string') return pulled
  if (await registryAnswers())
    throw new Failure(`cannot pull ${step.pull}: ${pulled}`, { next: `docker pull ${step.pull}` })
  return await buildStandIn(step)
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

async function buildStandIn({ name, upstream, standIn }: ImageStep): Promise<LockedImage> {
  if ((await readImageIds([standIn]))[standIn] === undefined) {
    log.warn(`no image registry answers: building a STAND-IN for ${upstream} from Debian's packages`)
    if ((await readImageIds([BASE_IMAGE]))[BASE_IMAGE] === undefined) {
      throw new Failure(`the base of all stand-ins, ${BASE_IMAGE}, is not on this engine`, {
        next: 'docker image rm $(docker images -q dartagnan/toolkit) && make setup',
      })
    }
    const label = ['--label', `org.dartagnan.stand-in=${upstream}`]
    await buildxLoad(standIn, 'BASE_IMAGE', BASE_IMAGE, `compose/images/${name}`, label)
  }
  const id = (await readImageIds([standIn]))[standIn] ?? ''
  log.done(`${name}: ${standIn}`)
  return { upstream, source: 'stand-in', reference: standIn, id }
}

async function buildxLoad(tag: string, arg: string, base: string, folder: string, more: string[]): Promise<void> {
  const labels = ['--label', 'org.dartagnan=image', ...more]
  await exec(['docker', 'buildx', 'build', '--load', ...labels, '--tag', tag, '--build-arg', `${arg}=${base}`, folder])
}

// A registry that answers, whatever it says, makes a failed pull an error to show, not a reason for a stand-in.
async function registryAnswers(): Promise<boolean> {
  const { stdout } = await exec(['docker', 'info', '--format', '{{.IndexServerAddress}}'], { quiet: true })
  return await fetch(stdout.trim(), { signal: AbortSignal.timeout(10_000) }).then(
    () => true,
    () => false,
  )
}
