import semver from 'semver'
import { Failure } from '../cli/failure.ts'
import { nameUnreleased, readSection } from './changelog.ts'
import { type Change, parseChange } from './commits.ts'

const BUMPS = ['patch', 'minor', 'major', 'auto'] as const
export type Bump = (typeof BUMPS)[number]
/** What git knows of HEAD, its versions, and the remote `origin`. */
export type Observed = {
  /** Undefined where HEAD is detached. */
  readonly branch: string | undefined
  /** Whether this clone has only the last commits. */
  readonly shallow: boolean
  readonly commit: string
  /** The first line of HEAD's message. */
  readonly subject: string
  /** Files that differ from HEAD, as `git status --porcelain` prints them. */
  readonly changed: readonly string[]
  /** All versions tagged here, those that tag HEAD, and the greatest one at or below HEAD. */
  readonly versions: readonly string[]
  readonly atHead: readonly string[]
  readonly base: string | undefined
  /** The messages of the commits since `base`, newest first, without merges. */
  readonly messages: readonly string[]
  readonly changelog: string | undefined
  readonly origin: Origin
}
/**
 * The remote `origin`: absent, not answering, or its versions; `ahead` where its branch has commits that HEAD lacks.
 */
export type Origin = 'none' | 'silent' | { readonly versions: readonly string[]; readonly ahead: boolean }

/** Where to begin: with the commit, the tag (an earlier call made the commit) or the push; or nowhere: all is done. */
export type PublishPlan =
  | { readonly kind: 'commit'; readonly version: string; readonly bump: string; readonly changelog: string }
  | { readonly kind: 'tag' | 'push' | 'unchanged'; readonly version: string }

/** Reads BUMP. Throws a Failure that lists the choices. */
export function parseBump(given: string | undefined): Bump {
  const bump = BUMPS.find((name) => name === given)
  if (bump) return bump
  throw new Failure(`BUMP=${JSON.stringify(given ?? '')} is not a choice; the choices are ${BUMPS.join(', ')}`, {
    next: 'make release BUMP=auto   (reads the commits since the last release)',
  })
}

/** Plans the publication of HEAD. `date` is YYYY-MM-DD. Throws a Failure where HEAD cannot be published. */
export function planPublish(bump: Bump, observed: Observed, date: string): PublishPlan {
  const { branch, atHead, origin } = observed
  if (branch === undefined)
    throw new Failure('HEAD is detached, and a version can be published only from a branch', {
      next: 'git switch main   (or another branch)',
    })
  const tagged = semver.rsort([...atHead])[0]
  if (tagged && lacks(origin, tagged)) {
    requireBased(origin, branch, tagged)
    return { kind: 'push', version: tagged }
  }
  const committed = committedVersion(observed)
  if (!tagged && committed !== undefined) return { kind: 'tag', version: committed }
  requireClean(observed.changed)
  if (tagged) return { kind: 'unchanged', version: tagged }
  requireBased(origin, branch)
  requireHistory(observed)
  return planCommit(bump, observed, date)
}

const lacks = (origin: Origin, version: string) =>
  origin !== 'none' && (origin === 'silent' || !origin.versions.includes(version))

// The version whose commit an earlier call made, and did not tag.
function committedVersion({ subject, versions, changelog }: Observed): string | undefined {
  const version = /^Release (\S+)$/.exec(subject)?.[1] ?? ''
  const isUntagged = semver.valid(version) !== null && !versions.includes(version)
  return isUntagged && readSection(changelog ?? '', version) !== undefined ? version : undefined
}

function planCommit(bump: Bump, observed: Observed, date: string): PublishPlan {
  const { versions, changelog } = observed
  const changes = observed.messages.map(parseChange)
  const raised = bump === 'auto' ? autoBump(changes, observed.base) : bump
  const version = nextVersion(observed.base, raised)
  if (versions.includes(version))
    throw new Failure(`the tag v${version} exists already, on a commit that is not at or below HEAD`, {
      next: `git log --oneline --decorate -1 v${version}   (then merge it, or take another BUMP)`,
    })
  if (changelog !== undefined && readSection(changelog, version) !== undefined)
    throw new Failure(`CHANGELOG.md has a section ${version} already, but there is no tag v${version}`, {
      next: `git log --oneline -S '## ${version}' -- CHANGELOG.md   (tag that commit, or correct the file)`,
    })
  return { kind: 'commit', version, bump: raised, changelog: nameUnreleased(changelog, version, date, changes) }
}

/** The version after `base`, or after 0.0.0 where there is none. */
export const nextVersion = (base: string | undefined, bump: Exclude<Bump, 'auto'>): string =>
  semver.inc(base ?? '0.0.0', bump) ?? ''

/**
 * The bump that the commits ask for; minor before the first version. Throws a Failure with their subjects where they
 * ask for none.
 */
export function autoBump(changes: readonly Change[], base: string | undefined): Exclude<Bump, 'auto'> {
  if (base === undefined) return 'minor'
  if (changes.some(({ breaking }) => breaking)) return semver.major(base) === 0 ? 'minor' : 'major'
  if (changes.some(({ type }) => type === 'feat')) return 'minor'
  if (changes.some(({ type }) => ['fix', 'perf', 'revert'].includes(type))) return 'patch'
  throw new Failure(`no commit since v${base} is a feat, a fix or breaking, so BUMP=auto has nothing to release`, {
    detail: changes.map(({ type, subject }) => `  ${type ? `${type}: ` : ''}${subject}`).join('\n'),
    next: 'make release BUMP=patch',
  })
}

/** The command that pushes a branch and the tag of a version: both or neither. */
export const pushArgv = (branch: string, version: string): [string, ...string[]] => [
  'git',
  'push',
  '--atomic',
  'origin',
  `HEAD:refs/heads/${branch}`,
  `refs/tags/v${version}`,
]

function requireClean(changed: readonly string[]): void {
  if (changed.length === 0) return
  throw new Failure('no commit holds some of the files here, and only a commit can be published as a version', {
    detail: changed.slice(0, 20).join('\n'),
    next: 'git stash --include-untracked   (or: git add -A && git commit)',
  })
}

function requireBased(origin: Origin, branch: string, tagged?: string): void {
  if (typeof origin !== 'object' || !origin.ahead) return
  throw new Failure(`${branch} at origin has commits that are not here: origin would refuse this version`, {
    next: tagged
      ? `git pull --no-rebase origin ${branch} && ${pushArgv(branch, tagged).join(' ')}`
      : `git pull --rebase origin ${branch}`,
  })
}

// The next version follows the last one, so all of them must be known here.
function requireHistory({ shallow, versions, origin }: Observed): void {
  if (shallow)
    throw new Failure('this clone is shallow: it does not know the last version', {
      next: 'git fetch --unshallow --tags',
    })
  const missing = typeof origin === 'object' ? origin.versions.filter((version) => !versions.includes(version)) : []
  if (missing.length > 0)
    throw new Failure(`origin has versions that are not here: ${missing.join(', ')}`, {
      next: 'git fetch --tags origin',
    })
}
