import { readFileSync, statSync } from 'node:fs'
import { Failure } from '../failure.ts'

/** Whether there is a regular file. A pipe would be waited for without end, and a link may lead nowhere. */
export const isPlainFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false

/** Reads a text file; undefined where nothing has that name. Throws a Failure where it is no regular file, or too large. */
export function readPlainFile(path: string, most = 1_000_000): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) return undefined
  const refuse = (problem: string) => new Failure(`${path} ${problem}`, { next: `ls -l ${path}   (then correct it)` })
  if (!found.isFile()) throw refuse('is no regular file')
  if (found.size > most) throw refuse(`is larger than ${most / 1e6} MB`)
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw refuse(`cannot be read: ${(error as Error).message}`)
  }
}
