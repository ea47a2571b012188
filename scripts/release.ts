import { printResult } from './cli/io/result.ts'
import { runMain } from './target/io/run-main.ts'
import { readSection } from './version/changelog.ts'
import { commitRelease, publish, requireIdentity, requirePassing, tagRelease } from './version/io/publish-apply.ts'
import { observe } from './version/io/publish-observe.ts'
import { parseBump, planRelease } from './version/publish-plan.ts'
import { type Released, renderReleased } from './version/publish-report.ts'

await runMain(async (config) => {
  const bump = parseBump(config.options.bump)
  const observed = await observe()
  const plan = planRelease(bump, observed, new Date().toISOString().slice(0, 10))
  const { version } = plan
  const branch = observed.branch ?? ''
  const made = plan.kind === 'release' ? { bump: plan.bump, commits: observed.messages.length } : undefined
  const say = (outcome: Released['outcome'], pushed: boolean) => {
    const released: Released = { outcome, version, bump: null, commits: null, ...made, pushed }
    printResult(config, released, renderReleased(released, branch))
  }
  if (plan.kind === 'unchanged') return say('unchanged', observed.origin !== 'none')
  const changelog = plan.kind === 'release' ? plan.changelog : (observed.changelog ?? '')
  if (plan.kind !== 'publish') await requireIdentity(config)
  if (plan.kind === 'release') {
    await requirePassing(observed)
    await commitRelease(config, version, observed.changelog, changelog)
  }
  if (plan.kind !== 'publish') await tagRelease(config, version, readSection(changelog, version) ?? '')
  const hasOrigin = observed.origin !== 'none'
  if (hasOrigin) await publish(branch, version)
  say('released', hasOrigin)
}, 'refused')
