import { type Push, planPush } from '../core/registry.ts'
import { appendLedger } from '../io/ledger.ts'
import { takeLock } from '../io/lock.ts'
import { log } from '../io/log.ts'
import { printResult, runMain } from '../io/run-main.ts'
import { attachOrigin, sign, upload } from './apply.ts'
import { observe } from './observe.ts'

await runMain(async (config) => {
  const { PROJECT, IMAGE_REPOSITORY, options, caller } = config
  await takeLock(config, 'push')
  const pushing = await observe(config)
  const plan: Push = planPush(pushing, options.force)
  const { digest, moved } = await upload(config, pushing, plan)
  const attached = await attachOrigin(config, pushing, digest)
  const signed = await sign(config, [digest, ...attached.digests])
  if (!pushing.tested) log.warn('pushed without evidence, as FORCE=1 asked')
  const changed = plan.upload || moved.length > 0 || attached.added || signed.added
  const { version, image, tested } = pushing
  const result = { version, image, digest, tags: moved, signed: signed.done }
  if (changed) appendLedger(PROJECT, 'pushes.jsonl', { ...result, tested, at: new Date().toISOString(), by: caller })
  const outcome = changed ? 'pushed' : 'unchanged'
  printResult(config, { outcome, ...result }, `${outcome}: ${IMAGE_REPOSITORY}:${version}, ${digest}`)
})
