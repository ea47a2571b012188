import { writeFileSync } from 'node:fs'
import { log } from './cli/io/log.ts'
import { type ImageLock, renderLock } from './image/image-lock.ts'
import { LOCK_FILE, proxyTag, readImageIds, readLock, readUpstream, standInTag } from './image/io/images.ts'
import { ensureProxyImage, resolveImage, standInNotice } from './image/io/lock-apply.ts'
import { planImages } from './image/lock-plan.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async () => {
  const upstream = readUpstream()
  let lock: ImageLock = readLock()
  const standIns = Object.fromEntries(Object.keys(upstream).map((name) => [name, standInTag(name)]))
  const ids = await readImageIds(Object.values(lock).map(({ reference }) => reference))
  const steps = planImages({ upstream, lock, ids, standIns })
  // Side by side: each waits for a registry or for apt most of the time.
  const resolved = await Promise.all(steps.map(async (step) => [step.name, await resolveImage(step)] as const))
  if (resolved.length > 0) {
    lock = { ...lock, ...Object.fromEntries(resolved) }
    writeFileSync(LOCK_FILE, renderLock(lock))
  }
  const haproxy = lock['haproxy']
  if (haproxy) await ensureProxyImage(proxyTag(haproxy), haproxy)
  const notice = standInNotice(lock)
  if (notice) log.warn(notice)
  log.done('set up')
})
