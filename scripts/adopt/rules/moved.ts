import { posix } from 'node:path'
import { type DataPath, guessDataPaths } from '../data-paths.ts'
import { environmentOf, type Old } from '../draft.ts'
import type { Sources } from '../guess.ts'
import { STORE } from '../mounts.ts'
import { isWithin } from '../source-tree.ts'

type Known = Pick<Old, 'spec' | 'stage'> & { readonly sources: Sources; readonly workdir: string }

/** Whether a path of data has a use: nobody uses a file of SQLite where a variable chooses a server. */
export function useOf(old: Pick<Old, 'spec' | 'stage'>): (one: { readonly value: string }) => boolean {
  const isServed = environmentOf(old).some(([key, value]) => KIND.test(key) && SERVER.test(value))
  return ({ value }) => !isServed || !STORE.test(value)
}
/** Whether a variable chooses SQLite: then its file is used, whatever servers there are. */
export const isInFile = (old: Pick<Old, 'spec' | 'stage'>): boolean =>
  environmentOf(old).some(([key, value]) => KIND.test(key) && /^sqlite/i.test(value))
const KIND = /(DB|DATABASE)_?(TYPE|KIND|ENGINE|DIALECT|DRIVER|CLIENT|CONNECTION|BACKEND|VENDOR)$/i
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
