import semver from 'semver'
import { Failure } from '../cli/failure.ts'
import { readSection, releaseChangelog } from './changelog.ts'
import { type Change, parseChange } from './commits.ts'

export const BUMPS = ['patch', 'minor', 'major', 'auto'] as const
export type Bump = (typeof BUMPS)[number]
export type Observed = {
  /** Undefined where HEAD is detached. */
  readonly branch: string | undefined
  /** Whether this clone has the last commits alone. */
  readonly shallow: boolean
  readonly commit: string
  /** The first line of HEAD's message. */
  readonly subject: string
  /** Files that differ from HEAD, as `git status --porcelain` says it. */
  readonly changed: readonly string[]
  /** All versions that are tagged here, those of HEAD, and the greatest one at or below it. */
  readonly versions: readonly string[]
  readonly atHead: readonly string[]
  readonly base: string | undefined
  /** The messages of the commits since `base`, the newest first, merges left out. */
  readonly messages: readonly string[]
  readonly changelog: string | undefined
  readonly origin: Origin
}
/** The remote `origin`: none, one that does not answer, or what it has; `ahead` where its branch has commits that HEAD has not. */
export type Origin = 'none' | 'silent' | { readonly versions: readonly string[]; readonly ahead: boolean }

/** What is left to do: all, the tag and the push (the commit is there), the push, or nothing. */
export type ReleasePlan =
  | { readonly kind: 'release'; readonly version: string; readonly bump: string; readonly changelog: string }
  | { readonly kind: 'tag' | 'publish' | 'unchanged'; readonly version: string }

/** BUMP as given. Throws a Failure that lists the choices. */
export function parseBump(given: string | undefined): Bump {
  const bump = BUMPS.find((name) => name === given)
  if (bump) return bump
  throw new Failure(`BUMP=${JSON.stringify(given ?? '')} is no choice; there are ${BUMPS.join(', ')}`, {
    next: 'make release BUMP=auto   (reads the commits since the last release)',
  })
}

/** What a release of HEAD takes. `date` is YYYY-MM-DD. Throws a Failure where it may not be. */
export function planRelease(bump: Bump, observed: Observed, date: string): ReleasePlan {
  const { branch, subject, atHead, versions, changelog, origin } = observed
  if (branch === undefined)
    throw new Failure('HEAD is detached: a release is a commit on a branch', {
      next: 'git switch main   (or another branch)',
    })
  const tagged = semver.rsort([...atHead])[0]
  if (tagged && lacks(origin, tagged)) {
    requireBased(origin, branch, tagged)
    return { kind: 'publish', version: tagged }
  }
  const committed = /^Release (\S+)$/.exec(subject)?.[1] ?? ''
  if (
    !tagged &&
    semver.valid(committed) &&
    !versions.includes(committed) &&
    readSection(changelog ?? '', committed) !== undefined
  )
    return { kind: 'tag', version: committed }
  requireClean(observed.changed)
  if (tagged) return { kind: 'unchanged', version: tagged }
  requireBased(origin, branch)
  requireHistory(observed)
  const changes = observed.messages.map(parseChange)
  const raised = bump === 'auto' ? autoBump(changes, observed.base) : bump
  const version = nextVersion(observed.base, raised)
  if (versions.includes(version))
    throw new Failure(`the tag v${version} exists already, and not at or below HEAD`, {
      next: `git log --oneline --decorate -1 v${version}   (then merge it, or take another BUMP)`,
    })
  if (changelog !== undefined && readSection(changelog, version) !== undefined)
    throw new Failure(`CHANGELOG.md has a section ${version} already, and no tag v${version} exists`, {
      next: `git log --oneline -S '## ${version}' -- CHANGELOG.md   (tag that commit, or correct the file)`,
    })
  return { kind: 'release', version, bump: raised, changelog: releaseChangelog(changelog, version, date, changes) }
}

/** The version after `base`; 0.1.0, or what `bump` makes of 0.0.0, where there is none. */
export const nextVersion = (base: string | undefined, bump: Exclude<Bump, 'auto'>): string =>
  semver.inc(base ?? '0.0.0', bump) ?? ''

/** What the commits ask for. Throws a Failure with their subjects where they ask for nothing. */
export function autoBump(changes: readonly Change[], base: string | undefined): Exclude<Bump, 'auto'> {
  if (base === undefined) return 'minor'
  if (changes.some(({ breaking }) => breaking)) return semver.major(base) === 0 ? 'minor' : 'major'
  if (changes.some(({ type }) => type === 'feat')) return 'minor'
  if (changes.some(({ type }) => ['fix', 'perf', 'revert'].includes(type))) return 'patch'
  throw new Failure(
    `no commit since v${base} is a feat, a fix or breaking, so there is nothing to release by BUMP=auto`,
    {
      detail: changes.map(({ type, subject }) => `  ${type ? `${type}: ` : ''}${subject}`).join('\n'),
      next: 'make release BUMP=patch',
    },
  )
}

/** The commands that publish a release, for a person to type. */
export const pushArgv = (branch: string, version: string): [string, ...string[]] => [
  'git',
  'push',
  '--atomic',
  'origin',
  `HEAD:refs/heads/${branch}`,
  `refs/tags/v${version}`,
]

const lacks = (origin: Origin, version: string) =>
  origin !== 'none' && (origin === 'silent' || !origin.versions.includes(version))

function requireClean(changed: readonly string[]): void {
  if (changed.length === 0) return
  throw new Failure('there are files that no commit holds, and a release is of a commit', {
    detail: changed.slice(0, 20).join('\n'),
    next: 'git stash --include-untracked   (or: git add -A && git commit)',
  })
}

function requireBased(origin: Origin, branch: string, tagged?: string): void {
  if (typeof origin !== 'object' || !origin.ahead) return
  throw new Failure(`${branch} at origin has commits that are not here: it would not take this release`, {
    next: tagged
      ? `git pull --no-rebase origin ${branch} && ${pushArgv(branch, tagged).join(' ')}`
      : `git pull --rebase origin ${branch}`,
  })
}

// The next version is that after the last one, so all have to be here.
function requireHistory({ shallow, versions, origin }: Observed): void {
  if (shallow)
    throw new Failure('this clone is shallow: it does not know the last release', {
      next: 'git fetch --unshallow --tags',
    })
  const missing = typeof origin === 'object' ? origin.versions.filter((version) => !versions.includes(version)) : []
  if (missing.length > 0)
    throw new Failure(`origin has releases that are not here: ${missing.join(', ')}`, {
      next: 'git fetch --tags origin',
    })
}
