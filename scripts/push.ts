import { log } from './cli/io/log.ts'
import { printResult } from './cli/io/result.ts'
import { observe } from './distribution/io/observe-push.ts'
import { attachOrigin, sign, upload } from './distribution/io/push.ts'
import { type Push, planPush } from './registry/registry.ts'
import { appendLedger } from './state/io/ledger.ts'
import { takeLock } from './state/io/lock.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  const { PROJECT, IMAGE_REPOSITORY, options, caller } = config
  await takeLock(config, 'push')
  const pushing = await observe(config)
  const plan: Push = planPush(pushing, options.force.has('untested'))
  const { digest, moved } = await upload(config, pushing, plan)
  const attached = await attachOrigin(config, pushing, digest)
  const signed = await sign(config, [digest, ...attached.digests])
  if (!pushing.tested) log.warn('pushed without evidence, as FORCE=untested asked')
  const changed = plan.upload || moved.length > 0 || attached.added || signed.added
  const { version, image, tested } = pushing
  const result = { version, image, digest, tags: moved, signed: signed.done }
  if (changed) appendLedger(PROJECT, 'pushes.jsonl', { ...result, tested, at: new Date().toISOString(), by: caller })
  const outcome = changed ? 'pushed' : 'unchanged'
  printResult(config, { outcome, ...result }, `${outcome}: ${IMAGE_REPOSITORY}:${version}, ${digest}`)
})
