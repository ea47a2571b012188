import { posix } from 'node:path'
import type { App } from '../app.ts'
import { stageOf } from '../build.ts'
import { BARE, environmentOf, type Old, type Part } from '../draft.ts'
import { ok, some } from '../finding.ts'
import { CODE, isWithin, type Mount } from '../source-tree.ts'
import { hasDatabase, isProgram, programOf, writtenBy } from './beside.ts'

const FOR_SQLITE = ' (x-snapshot: sqlite for SQLite)'
const LOGS = /(^|\/)logs?$/

/** How a snapshot holds these folders of a service, each a volume: it asks SQLite for its data, and has all others as files. */
export function hooklessPart(old: Old, folders: readonly string[]): Pick<Part, 'lines'> & { readonly found: string } {
  const folder = folderOfSqlite(old, folders)
  if (folder === undefined) {
    const found = hookless(folders) + (folders.every((one) => LOGS.test(one)) ? '' : FOR_SQLITE)
    return { found }
  }
  const others = folders.filter((one) => one !== folder)
  const more = others.length > 0 ? `, and has ${some(others)} as files` : ''
  // The key of its volume takes the place of the folder, once that is known.
  const lines = { 'x-snapshot': { preset: 'sqlite', volume: folder } }
  return { found: `${folder} has SQLite: a snapshot asks it for its data (x-snapshot)${more}`, lines }
}
/** Says that a snapshot has these folders of a service as files. */
export const hookless = (folders: readonly string[]): string =>
  `${some(folders)}: no hook, so a snapshot pauses it while it copies the files`

/** The same of a volume that no line of the Compose file has, where SQLite may lie in it. */
export function hookPart(
  { sources, draft, tree, spec }: App,
  folders: readonly string[],
  mounts: readonly Mount[],
): Part {
  const service = draft.web ?? ''
  const old: Old = { ...draft, service, spec, stage: stageOf(tree, spec), isWeb: true, server: undefined }
  const isSaid = mounts.some(({ type }) => type !== 'declared')
  const uses = Object.entries(sources).some(([file, text]) => CODE.test(file) && /sqlite/i.test(text))
  if (draft.project === BARE || folders.length === 0 || !uses) return {}
  const { found, lines } = hooklessPart(old, folders)
  return isSaid && !lines ? {} : { lines, findings: [ok('data', found, { confidence: 'likely' })] }
}

// The one of these folders in which the code of a service has SQLite; undefined where a server may have its data.
function folderOfSqlite(old: Old, folders: readonly string[]): string | undefined {
  if (old.server || !isProgram(old) || hasDatabase(old)) return undefined
  const uses = Object.entries(programOf(old).sources).some(([file, text]) => CODE.test(file) && /sqlite/i.test(text))
  const { folders: named, files, workdir } = writtenBy(old)
  const told = [...environmentOf(old).map(([, value]) => value), ...files.map(({ value }) => value)]
  const inFile = told.flatMap((value) => IN_FILE.exec(value)?.[1] ?? []).map((path) => posix.resolve(workdir, path))
  const places = [...named.map(({ value }) => value), ...inFile]
  // No hook is for what the service only reads, or what no snapshot has.
  const isOpen = (one: string) =>
    !old.spec.volumes?.some(
      ({ target, source = '', read_only: readOnly }) =>
        target === one && (readOnly || old.project.volumes[source]?.external),
    )
  const [folder, ...others] = folders.filter((one) => uses && isOpen(one) && places.some((path) => isWithin(path, one)))
  return others.length === 0 ? folder : undefined
}
const IN_FILE = /^(?:sqlite3?(?:\+\w+)?:(?:\/\/\/)?|file:)?([\w./-]+\.(?:db3?|sqlite3?))(?:\?.*)?$/i
