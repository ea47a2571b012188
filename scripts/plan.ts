import { log } from './cli/io/log.ts'
import { printResult } from './cli/io/result.ts'
import { warnOfDangers } from './docker/io/dangers.ts'
import { isKeyed } from './release/io/secrets.ts'
import { observe } from './rollout/io/observe.ts'
import { prepareData, showReplaced } from './rollout/io/prepare.ts'
import { resolveRelease } from './rollout/io/resolve.ts'
import { planRelease } from './rollout/plan.ts'
import { renderPlan } from './rollout/plan-report.ts'
import { readRunLog } from './state/io/run-log.ts'
import { describeRun } from './state/run-log.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  const runLog = readRunLog(config.PROJECT)
  if (runLog)
    log.warn(`${describeRun(runLog, false)}, unless it still goes on: this is what deploy would do from there`)
  const [release, observed] = await Promise.all([resolveRelease(config, { keep: false }), observe(config.PROJECT)])
  const planned = planRelease(release, observed, await prepareData(config, release, observed))
  await showReplaced(config, planned)
  const { steps } = planned
  const fingerprint = isKeyed(config.PROJECT, release.compose) ? planned.fingerprint : null
  const dangers = await warnOfDangers(release.compose)
  const { version, revision, id: image } = release.image
  const document = { version, revision, image, release: release.id, fingerprint, steps, dangers }
  printResult(config, document, renderPlan(release, steps, fingerprint))
})
