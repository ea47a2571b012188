import { dirname } from 'node:path/posix'
import { foldersAbove, type KeptPath, keptPath } from '../release/kept-paths.ts'
import { isPlaceholder } from './hidden-files.ts'
import { type Change, DATABASE, isStored } from './unsaved.ts'

/** What is known of a container that has written data outside of its volumes. */
export type Strayed = {
  readonly service: string
  /** The paths of its data, and of all that it has written. */
  readonly data: readonly string[]
  readonly written: readonly string[]
  readonly changes: readonly Change[]
  /** Where it has volumes and other mounts already. */
  readonly mounts: readonly string[]
  /** The absolute paths of its image's files in a folder. */
  readonly imageFiles: (folder: string) => readonly string[]
}

// A start may write these beside data; pages and lists that are written there belong to the data.
const PROGRAM = /\.(py|rb|php|pl|cgi|[cm]?[jt]sx?)$/i

// So many links are a folder of data among code, which nobody can tell apart.
const MOST_FILES = 200

/**
 * The paths that keep a container's data once volumes hold them: the highest folder with nothing but data, or else the single files.
 * Undefined where these are too many.
 */
export function chooseKept({ service, data, written, changes, mounts, imageFiles }: Strayed): KeptPath[] | undefined {
  const added = new Set(changes.flatMap(({ Path, Kind }) => (Kind === 1 ? [Path] : [])))
  const isPure = (folder: string) =>
    !mounts.some((mount) => mount.startsWith(`${folder}/`)) &&
    written.every((path) => !path.startsWith(`${folder}/`) || data.includes(path) || !PROGRAM.test(path)) &&
    (added.has(folder) || imageFiles(folder).every((path) => isPlaceholder(path) || isStored(path)))
  const folders = new Set<string>()
  const files: string[] = []
  for (const path of data) {
    // Folders of the system have other things to come.
    const folder = foldersAbove(path).find((one) => (added.has(one) || one === dirname(path) ? isPure(one) : false))
    if (folder) folders.add(folder)
    else if (!isJournal(path)) files.push(path)
  }
  const top = [...folders].filter((one) => ![...folders].some((other) => one.startsWith(`${other}/`)))
  const single = files.filter((path) => !top.some((folder) => path.startsWith(`${folder}/`)))
  if (single.length > MOST_FILES) return undefined
  return [...top.map((path) => keptPath(service, path, false)), ...single.map((path) => keptPath(service, path, true))]
}

// A database in one file writes these beside it.
const isJournal = (path: string) =>
  JOURNALS.some((end) => path.endsWith(end) && DATABASE.test(path.slice(0, -end.length)))
const JOURNALS = ['-wal', '-shm', '-journal']

/** The paths that go with a single file: where it is a database, it may have a journal beside it. */
export const withJournal = (path: string): string[] => [
  path,
  ...(DATABASE.test(path) ? JOURNALS.map((end) => `${path}${end}`) : []),
]
