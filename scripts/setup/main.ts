import { writeFileSync } from 'node:fs'
import { type ImageLock, renderLock } from '../core/image-lock.ts'
import { LOCK_FILE, proxyTag, readImageIds, readLock, readUpstream, standInTag } from '../io/images.ts'
import { log } from '../io/log.ts'
import { runMain } from '../io/run-main.ts'
import { ensureProxyImage, resolveImage, standInNotice } from './apply.ts'
import { planImages } from './plan.ts'

await runMain(async () => {
  const upstream = readUpstream()
  let lock: ImageLock = readLock()
  const standIns = Object.fromEntries(Object.keys(upstream).map((name) => [name, standInTag(name)]))
  const ids = await readImageIds(Object.values(lock).map(({ reference }) => reference))
  for (const step of planImages({ upstream, lock, ids, standIns })) {
    lock = { ...lock, [step.name]: await resolveImage(step) }
    writeFileSync(LOCK_FILE, renderLock(lock))
  }
  const haproxy = lock['haproxy']
  if (haproxy) await ensureProxyImage(proxyTag(haproxy), haproxy)
  const notice = standInNotice(lock)
  if (notice) log.warn(notice)
  log.done('set up')
})
