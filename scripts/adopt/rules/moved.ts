import { posix } from 'node:path'
import { type DataPath, guessDataPaths } from '../data-paths.ts'
import { environmentOf, type Old } from '../draft.ts'
import { fileOf, lineAt, type Sources } from '../guess.ts'
import { STORE } from '../mounts.ts'
import { isWithin } from '../source-tree.ts'

type Known = Pick<Old, 'spec' | 'stage'> & { readonly sources: Sources; readonly workdir: string }

/**
 * Whether a path of data has a use: nobody uses a file of SQLite where a variable chooses a server, or no database, nor one without a name of its own in
 * the place where a variable that is set would name a server, by its address or as one of `hosts`.
 */
export function useOf(
  old: Pick<Old, 'spec' | 'stage'>,
  { sources, hosts }: { readonly sources: Sources; readonly hosts: readonly string[] } = { sources: {}, hosts: [] },
): (one: Pick<DataPath, 'value' | 'where'>) => boolean {
  const all = environmentOf(old)
  const isServed = all.some(
    ([key, value]) => (KIND.test(key) && SERVER.test(value)) || (SWITCH.test(key) && OFF.test(value)),
  )
  const named = all.filter(([, value]) => ADDRESS.test(value) || hosts.includes(value))
  // A variable that is set may have its value there.
  const isRead = (text: string) =>
    named.some(([key, value]) => text.includes(JSON.stringify(value)) || text.toLowerCase().includes(key.toLowerCase()))
  const isInstead = (one: Pick<DataPath, 'where'>) => {
    const [, name = ''] = /^\s*(?:(?:export|const|let|var|self\.)\s*)*(\w+)[\s:\w|]*=/.exec(lineAt(sources, one)) ?? []
    return ANY_DATABASE.test(name) && isRead(sources[fileOf(one)] ?? '')
  }
  // Laravel's default is another one, and no variable, nor an example of one, chooses SQLite.
  const isChosen = isInFile(old) || Object.values(sources).some((text) => IN_FILE.test(text))
  const isOther = (one: Pick<DataPath, 'where'>) => !isChosen && BY_DEFAULT.test(sources[fileOf(one)] ?? '')
  return (one) => !((isServed || isOther(one)) && STORE.test(one.value)) && !isInstead(one)
}
const IN_FILE = /^\s*DB_CONNECTION\s*=\s*["']?sqlite/m
const BY_DEFAULT = /["']default["']\s*=>\s*env\(\s*["']DB_CONNECTION["']\s*,\s*["'](?!sqlite)\w+["']/
const ADDRESS = /^(jdbc:)?(postgres(ql)?|mysql|mariadb|mssql|sqlserver|oracle)(\+\w+)?:\/\//
/** What says no more than that it names a database. */
export const ANY_DATABASE = /^(_?(def(ault)?|sqlite3?|db|database|path|file|ur[il]|dsn|name|location))+$/i
/** Whether a variable chooses SQLite: then its file is used, whatever servers there are. */
export const isInFile = (old: Pick<Old, 'spec' | 'stage'>): boolean =>
  environmentOf(old).some(([key, value]) => KIND.test(key) && /^sqlite/i.test(value))
const KIND = /(DB|DATABASE)_?(TYPE|KIND|ENGINE|DIALECT|DRIVER|CLIENT|CONNECTION|BACKEND|VENDOR)$/i
const SWITCH = /^((DB|DATABASE|SQLITE)_ENABLED?|(ENABLE|USE)_(DB|DATABASE|SQLITE))$/i
const OFF = /^(false|0|no|off)$/i
const SERVER = /postgres|pgsql|mysql|maria|mongo|mssql|sqlsrv|oracle/i

/** The variables that move the data of the application into a volume, and the folders that its image makes: these stay, with their owner. */
export function movedIn({ spec, stage, sources, workdir }: Known) {
  // Who has mounted something knows where the data lie.
  const all = spec.volumes?.length ? [] : guessDataPaths(sources).filter(useOf({ spec, stage }))
  const folderOf = ({ usual }: DataPath) => (usual === undefined ? [] : [posix.resolve(workdir, usual)])
  const isMade = (one: DataPath) => folderOf(one).some((folder) => makesFolder(stage, folder))
  const dataPaths = all.filter((one) => !isMade(one))
  const moved = dataPaths.flatMap(folderOf)
  return {
    dataPaths,
    made: all.filter(isMade).flatMap((one) => folderOf(one).map((value) => ({ value, where: one.where }))),
    /** Whether a path lies where the data were before. */
    isMoved: (path: string) => moved.some((folder) => isWithin(posix.resolve(workdir, path), folder)),
  }
}

// Whether a line of its Dockerfile makes a folder, or gives it to somebody: an empty volume becomes what the image has there.
const makesFolder = (stage: Old['stage'], folder: string): boolean =>
  stage?.runs.some(
    (run) =>
      MAKES.test(run) &&
      run.split(/[\s;&|"']+/).some((word) => word !== '' && isWithin(posix.resolve(stage.workdir, word), folder)),
  ) === true
const MAKES = /\b(mkdir|install|chown)\b/
