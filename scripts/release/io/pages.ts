import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../../cli/failure.ts'
import { readPlainFile } from '../../cli/io/plain-file.ts'
import { checkPage, pagesOf } from '../pages.ts'

const next = 'correct it (see .env.example)'

/** The pages of the folder that ERROR_PAGES names, by status. Throws a Failure where it is no folder, or one is no page. */
export function readPages(folder: string): Record<string, string> {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new Failure(`ERROR_PAGES=${JSON.stringify(folder)} is no folder here`, { next })
  const files = readdirSync(folder).map((name) => [name, readPlainFile(join(folder, name)) ?? ''] as const)
  return pagesOf(folder, Object.fromEntries(files))
}

/** The page that MAINTENANCE_PAGE names. Throws a Failure where it is none. */
export function readPage(file: string): string {
  const page = readPlainFile(file)
  if (page !== undefined) return checkPage(file, page)
  throw new Failure(`MAINTENANCE_PAGE=${JSON.stringify(file)} is no file here`, { next })
}
