import { log } from '../../cli/io/log.ts'
import { printResult } from '../../cli/io/result.ts'
import type { Config } from '../../config/io/read.ts'
import { warnOfDangers } from '../../docker/io/dangers.ts'
import { previewGate } from '../../gate/io/join.ts'
import { servedBefore } from '../../release/io/history.ts'
import { isKeyed } from '../../release/io/secrets.ts'
import { readRunLog } from '../../state/io/run-log.ts'
import { describeRun } from '../../state/run-log.ts'
import { countCommits } from '../../version/io/git.ts'
import { type Planned, planRelease } from '../plan.ts'
import { renderPlan } from '../plan-report.ts'
import { observe } from './observe.ts'
import { prepareData, requireTakeable, showReplaced } from './prepare.ts'
import { resolveRelease } from './resolve.ts'

/** Whether PLAN=1 asks for what the target would do, and nothing more. */
export const isPreview = ({ options }: Config): boolean => options.plan === '1'

/** Prints what a deploy would do. Throws the Failure with which it would refuse. */
export async function planDeploy(config: Config): Promise<void> {
  const runLog = readRunLog(config.PROJECT)
  if (runLog) log.warn(`${describeRun(runLog)}, unless it still goes on: this is what deploy would do from there`)
  previewGate(config)
  const [release, observed] = await Promise.all([resolveRelease(config, { keep: false }), observe(config.PROJECT)])
  const planned = planRelease(release, observed, await prepareData(config, release, observed))
  await requireTakeable(config, planned)
  await showReplaced(config, planned, { strict: true })
  await showPlan(config, 'deploy', planned)
}

/** Prints the plan of a target. */
export async function showPlan(
  config: Config,
  target: 'deploy' | 'rollback' | 'restore',
  { release, observed, steps, fingerprint }: Planned,
): Promise<void> {
  const { PROJECT, options } = config
  const print = isKeyed(PROJECT, release.compose) ? fingerprint : null
  const dangers = await warnOfDangers(release.compose)
  const { version, revision, id: image } = release.image
  const document = { version, revision, image, release: release.id, fingerprint: print, steps, dangers }
  const from = servedBefore(PROJECT, observed.containers, options.force)
  const commits = from && (await countCommits(from.image.revision, revision))
  printResult(
    config,
    document,
    renderPlan({ target, from, release, commits, steps, fingerprint: print, detailed: options.verbose }),
  )
}
