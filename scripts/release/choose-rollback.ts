import { Failure } from '../cli/failure.ts'
import { goodReleases, type ReleaseEntry } from './history.ts'
import { shortVersion } from './history-report.ts'

/**
 * The entry of the release to go back to: of `version`, or the last good one. That is the one before the current one,
 * or, where the last run did not succeed, the current one itself. Throws a Failure with the choices where it cannot be
 * had; `isKept` says whether an entry's image and configuration still are.
 */
export function chooseRelease(
  entries: readonly ReleaseEntry[],
  isKept: (entry: ReleaseEntry) => boolean,
  version: string | undefined,
  interrupted: boolean,
): ReleaseEntry {
  const all = goodReleases(entries)
  const last = entries.at(-1)
  // A rollback that was undone has left what was to be left: who asks again means the same.
  const isUndone = last?.target === 'rollback' && last.outcome === 'rolled back'
  const failed = interrupted || !(last?.outcome === 'deployed' || isUndone)
  const good = failed ? all : all.slice(1)
  const choices = good.filter(isKept)
  const wanted = (version === undefined ? good : choices).find((entry) => !version || isNamed(entry, version))
  if (wanted && isKept(wanted)) return wanted
  const names = [...new Set(choices.map((entry) => entry.version))].join(', ')
  const gone = wanted ?? good.find((entry) => version !== undefined && isNamed(entry, version))
  const why = gone
    ? `${gone.version} is no longer kept on this engine`
    : version === undefined
      ? 'there is no earlier good release'
      : `VERSION=${JSON.stringify(version)} is not an earlier good release`
  throw new Failure(`cannot roll back: ${why}; ${names ? `there are: ${names}` : 'there is none to choose from'}`, {
    next: names ? 'make rollback VERSION=…   (one of those)' : 'make history',
  })
}

// A table leaves out the commit that a version ends in.
const isNamed = ({ version }: ReleaseEntry, asked: string) => version === asked || shortVersion(version) === asked

/** Whether DATA=… asks for the data of the release, too. Throws a Failure that quotes anything else. */
export function restoresData(data: string | undefined): boolean {
  if (data === undefined || data === 'restore') return data === 'restore'
  throw new Failure(`DATA=${JSON.stringify(data)}: it takes restore, or nothing`, {
    next: 'make rollback DATA=restore   (image, configuration and data), or: make rollback   (the data stay as they are)',
  })
}
