import { matchesGlob } from 'node:path'
import type { LeftOut } from '../image/evidence.ts'

/** A file of integration tests: its path in the application's folder, and its text. */
export type TestFile = { readonly path: string; readonly text: string }

/**
 * Finds the files of integration tests that a change cannot reach, by the paths that it changed in the application's
 * folder. A change reaches a file of tests unless a line of that file, `// Not reached by: PATTERN, PATTERN`, matches
 * every path.
 */
export function findLeftOut(files: readonly TestFile[], changed: readonly string[]): readonly LeftOut[] {
  const because = `the change does not reach it: ${changed.slice(0, 5).join(', ') || 'no file differs'}`
  const isReached = ({ text }: TestFile) => {
    const patterns = declaredIn(text)
    return changed.some((path) => !patterns.some((pattern) => matchesGlob(path, pattern)))
  }
  return files.filter((file) => !isReached(file)).map(({ path }) => ({ path, because }))
}

const declaredIn = (text: string): string[] =>
  [...text.matchAll(/^\/\/ Not reached by: (.+)$/gm)].flatMap(([, list = '']) => list.split(', '))
