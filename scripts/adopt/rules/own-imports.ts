import { posix } from 'node:path'
import { type Finding, listFindings, missing, some } from '../finding.ts'
import { isTest } from '../guess.ts'
import { ASIDE, isWithin, type SourceTree } from '../source-tree.ts'

/**
 * Says which files of its own a program of Node takes that are here, and that git ignores, where its image is built of them: an image of
 * what is committed lacks them.
 */
export function ignoredImports(check: string, tree: SourceTree, context: string, made: string): Finding[] {
  if (!RUNS.test(made) || (tree.compose && !BUILDS.test(made))) return []
  const isKept = (file: string) => tree.tracked.includes(posix.join(tree.dir, file))
  const isIgnored = (file: string) => tree.files.includes(file) && !isKept(file) && !made.includes(posix.basename(file))
  const all = Object.entries(tree.sources).flatMap(([file, text]) => {
    const isOwn = isWithin(posix.join(tree.root, tree.dir, file), context) && isKept(file)
    if (!isOwn || isTest(file) || ASIDE.test(file)) return []
    return importedBy(file, text).map((places) =>
      places.some(isKept) ? undefined : { by: file, path: places.find(isIgnored) },
    )
  })
  const lost = all.flatMap((one) => (one?.path ? [{ by: one.by, path: one.path }] : []))
  const paths = [...new Set(lost.map(({ path }) => path))]
  const found = `the code requires ${some(paths)}, which git does not keep, and its image is built of it: a build of what is committed fails`
  const mend = 'commit it; where it has secrets, let the program read them from its environment'
  const at = { where: lost[0] && posix.join(tree.dir, lost[0].by), confidence: 'likely' } as const
  return listFindings(paths.length > 0 && missing(check, found, mend, at))
}

/** The files that a source of Node takes by their paths: of each, the places where it may be. */
export const importedBy = (file: string, text: string): string[][] =>
  SCRIPT.test(file)
    ? Array.from(text.matchAll(IMPORT), ([, name = '']) => {
        const path = posix.join(posix.dirname(file), name)
        return ['', '.js', '.json', '.ts', '.mjs', '.cjs', '/index.js'].map((end) => path + end)
      })
    : []

// A web server beside it has the same code, and runs none of it.
const RUNS = /\b(node|npm|npx|yarn|pnpm|bun|deno)\b/
/** Whether a Dockerfile makes a program of Node from sources, or its pages. */
export const BUILDS = /^\s*RUN\b.*\b(build|generate|tsc|webpack|vite)\b/m
const SCRIPT = /\.([cm]?js|tsx?|jsx)$/
const IMPORT = /^(?!\s*(?:\/\/|\*)).*?\b(?:require\(|from|import)\s*["'](\.{1,2}\/[\w./-]+)["']/gm
