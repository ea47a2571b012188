import type { Config } from '../../config/io/read.ts'
import { readSection } from '../changelog.ts'
import { parseBump, planPublish } from '../publish-plan.ts'
import type { Published } from '../publish-report.ts'
import { commitChangelog, pushVersion, requireIdentity, requirePassing, tagVersion } from './publish-apply.ts'
import { observe } from './publish-observe.ts'

/**
 * Publishes HEAD as the version that BUMP asks for: the changelog's commit, the tag, and the push to origin, each where
 * it is missing. Throws a Failure where HEAD cannot be published, or a step fails; the next call continues from there.
 */
export async function publishVersion(config: Config): Promise<Published & { readonly branch: string }> {
  const bump = parseBump(config.options.bump)
  const observed = await observe()
  const plan = planPublish(bump, observed, new Date().toISOString().slice(0, 10))
  const { kind, version } = plan
  const branch = observed.branch ?? ''
  const hasOrigin = observed.origin !== 'none'
  const published = { version, bump: null, commits: null, pushed: hasOrigin, branch }
  if (kind === 'unchanged') return { outcome: 'unchanged', ...published }
  if (kind !== 'push') await requireIdentity(config)
  if (kind === 'commit') {
    await requirePassing(observed)
    await commitChangelog(config, version, observed.changelog, plan.changelog)
  }
  const changelog = kind === 'commit' ? plan.changelog : (observed.changelog ?? '')
  if (kind !== 'push') await tagVersion(config, version, readSection(changelog, version) ?? '')
  if (hasOrigin) await pushVersion(branch, version)
  const made = kind === 'commit' ? { bump: plan.bump, commits: observed.messages.length } : {}
  return { outcome: 'released', ...published, ...made }
}
