import semver from 'semver'
import * as v from 'valibot'
import { Failure } from '../cli/failure.ts'
import { tryJson } from '../cli/parse.ts'

/** The version to move to: the one that is asked for, or the newest; undefined where nothing is tagged. */
export function chooseUpgrade(tags: readonly string[], wanted: string | undefined): string | undefined {
  const versions = tags.flatMap((tag) => (/^v/.test(tag) && semver.valid(tag) ? [tag] : []))
  if (wanted === undefined) return semver.rsort(versions.filter((tag) => !semver.prerelease(tag)))[0]
  const found = versions.find((tag) => tag === wanted || tag === `v${wanted}`)
  if (found) return found
  const known = semver.rsort(versions).slice(0, 5).join(', ') || 'none'
  throw new Failure(`the toolkit has no version ${JSON.stringify(wanted)}; the newest are ${known}`, {
    next: 'make upgrade VERSION=…   (one of those; without it, the newest)',
  })
}

const MANIFEST = v.looseObject({ ledger: v.exactOptional(v.number()) })

// What is no package.json of the toolkit reads no ledger.
function ledgerOf(packageJson: string): number {
  const manifest = tryJson(packageJson)
  return (v.is(MANIFEST, manifest) && manifest.ledger) || 0
}

/** Throws a Failure where the toolkit with this package.json cannot read a ledger of the given format. */
export function requireReads(packageJson: string, version: string, project: string, format: number): void {
  const reads = ledgerOf(packageJson)
  if (reads < format)
    throw new Failure(
      `${version} of the toolkit cannot read the ledger of ${project}: its format is ${format}, and ${version} reads ${reads} at most`,
      { next: 'make upgrade   (to the newest; make help upgrade)' },
    )
}

/** The lines of a changelog that the other one lacks. */
export const newLines = (before: string, after: string): string => {
  const known = new Set(before.split('\n'))
  return after
    .split('\n')
    .filter((line) => line.trim() !== '' && !known.has(line))
    .join('\n')
}
