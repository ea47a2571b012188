import { posix } from 'node:path'
import { keepFiles, type Sources } from './guess.ts'

/** The sources without programs of Python that only a person runs: git keeps what these make, and nobody sends it. */
export const withoutTools = (sources: Sources, command: readonly string[]): Sources =>
  keepFiles(sources, (file) => !isByHand(sources, command, file))

function isByHand(sources: Sources, command: readonly string[], file: string): boolean {
  const text = sources[file] ?? ''
  if (!file.endsWith('.py') || !IS_PROGRAM.test(text) || SERVES.test(text)) return false
  const name = new RegExp(`\\b${posix.basename(file, '.py').replaceAll(/\W/g, '\\$&')}\\b`)
  const others = keepFiles(sources, (other) => other !== file)
  return ![...command, ...Object.values(others)].some((one) => name.test(one))
}
const IS_PROGRAM = /^if __name__ == ["']__main__["']/m
const SERVES = /\brequest\.files\b|\.FILES\b|\bUploadFile\b|\b(?:Flask|FastAPI|Sanic|Bottle)\(/
