import semver from 'semver'
import { Failure } from '../cli/failure.ts'

/** What git knows of a tree: the nearest version tag below it, the distance to it, and whether files differ. */
export type Revision = {
  readonly commit: string
  /** The commit's time in seconds since 1970: the image's SOURCE_DATE_EPOCH. */
  readonly committedAt: number
  /** The nearest `v1.2.3` tag below the commit, if any. */
  readonly tag: string | undefined
  /** Commits since that tag, or since the beginning. */
  readonly distance: number
  /** The id of the tree of files, where they differ from the commit's. */
  readonly dirtyTree: string | undefined
}

/**
 * Names the version of a tree: `1.4.2` on its tag, `1.4.3-dev.5.gabc1234` after it, and `.dirty.<tree>` at the end
 * where files differ from the commit. `<tree>` is the tree's id: two different dirty trees never share a version. Throws a
 * Failure where the version is too long to be the tag of an image.
 */
export function versionOf(revision: Revision): string {
  const base = semver.parse(revision.tag?.replace(/^v/, '') ?? null)
  if (base && revision.distance === 0 && !revision.dirtyTree) return fitting(base.version, revision.tag)
  const next = base ? nextAfter(base) : '0.1.0'
  const dirty = revision.dirtyTree ? `.dirty.t${revision.dirtyTree.slice(0, 7)}` : ''
  const sign = next.includes('-') ? '.' : '-'
  return fitting(`${next}${sign}dev.${revision.distance}.g${revision.commit.slice(0, 7)}${dirty}`, revision.tag)
}

// A development version sorts above the tag it follows and below the version it leads to.
function nextAfter(base: semver.SemVer): string {
  return base.prerelease.length > 0 ? base.version : (semver.inc(base, 'patch') ?? base.version)
}

/**
 * The tags that a version gets: itself, and `1.4`, `1` and `latest`, unless a greater version of `existing` has them. A
 * pre-release gets only its own.
 */
export function tagsFor(version: string, existing: readonly string[]): string[] {
  const parsed = semver.parse(version)
  if (!parsed || parsed.prerelease.length > 0) return [version]
  const greatest = (range: string) => semver.maxSatisfying([...existing, version], range) === version
  const { major, minor } = parsed
  const aliases: [string, string][] = [
    [`${major}.${minor}`, `${major}.${minor}.x`],
    [`${major}`, `${major}.x`],
    ['latest', '*'],
  ]
  return [version, ...aliases.filter(([, range]) => greatest(range)).map(([tag]) => tag)]
}

// A tag of an image has 128 characters at most, and before `make tag` it is `build-` and the version.
const MOST = 128 - 'build-'.length
function fitting(version: string, tag = ''): string {
  if (version.length <= MOST) return version
  throw new Failure(`the version ${version} is longer than ${MOST} characters, and cannot be the tag of an image`, {
    next: `git tag -d ${tag}, then tag the commit with a shorter version`,
  })
}

/** Whether a text is a full version, as VERSION= accepts it. */
export const isVersion = (text: string): boolean => semver.valid(text) === text && text.length <= MOST

/** Sorts versions, newest first. */
export const sortVersions = (versions: readonly string[]): string[] => semver.rsort([...versions])
