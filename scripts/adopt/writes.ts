import { posix } from 'node:path'
import { placeIn } from '../image/copied-places.ts'
import { isScratch } from './draft.ts'
import { fileOf, findAll, type Guess, keepFiles } from './guess.ts'
import { OWN } from './mounts.ts'
import { isCopied, type Program, wordsIn } from './uploads.ts'

// Calls that write a file, or keep a store in one, and how such a file is called. Their first argument is the path, or its name.
const CALLS: readonly (readonly [RegExp, RegExp])[] = [
  [
    /\b(?:(?:write|append)File(?:Sync)?|WriteFile|file_put_contents|createWriteStream|(?:write|output)J(?:son|SON)(?:Sync)?|JSONFile\w*|FileSync)(?:<.*?>)?\(\s*(.+)/,
    /^(?!(?:package|tsconfig|manifest|openapi|swagger|schema)\b)[\w-]+\.(json|jsonl|ndjson|csv|txt|xml|ya?ml|dat)$/i,
  ],
  [/\bopen\(\s*(.+?),\s*(?:mode\s*=\s*)?["'][wax]/, /^[\w-]+\.(json|jsonl|csv|txt|xml|ya?ml|dat|pkl|pickle)$/i],
  // A usual name of a database is known without such a call.
  [/\bsqlite3?\w*\.(?:Database|connect)\(\s*(.+)/i, /^(?!.*\.(db|sqlite3?)$)[\w.-]+$/],
]
const JOINS = /\b(?:join|resolve)\(|__dirname|__file__/

/** Finds the files in which the code keeps something and that no name tells of, by their paths in the container. */
export function guessWrites({ sources, facts, workdir, command }: Program): Guess<string>[] {
  const own = keepFiles(sources, (file) => !OWN.test(file) && isCopied(facts, file))
  const said = CALLS.flatMap(([call, named]) =>
    findAll(own, [call]).flatMap(({ value, where }) => {
      const file = fileOf({ where })
      const [, name] = /^([A-Za-z_]\w*)\s*(?:[,)]|$)/.exec(value) ?? []
      const [given] = name ? findAll({ [file]: own[file] ?? '' }, [definitionOf(name)]) : [{ value, where }]
      const path = given && pathIn(given.value, named)
      if (!path) return []
      const isBeside = /__dirname|__file__|import\.meta/.test(given.value)
      const inside = posix.join(posix.dirname(file), path)
      const placed = isBeside && facts ? placeIn(facts, inside) : undefined
      return { value: placed ?? posix.resolve(workdir, isBeside ? inside : path), where: given.where }
    }),
  )
  // This program keeps what it is sent in the file that it serves.
  const [, served] = /\bjson-server\b.*?([\w./-]+\.json)\b/.exec(command.join(' ')) ?? []
  const all = [...said, ...(served ? [{ value: posix.resolve(workdir, served), where: 'its command' }] : [])]
  return all.filter(({ value }) => !isScratch(value))
}

const definitionOf = (name: string) =>
  new RegExp(`^\\s*(?:export\\s+)?(?:(?:const|let|var)\\s+)?${name}\\s*(?::\\s*\\w+\\s*)?=\\s*(.+)$`)

// The parts of a path, up to the name of the file.
function pathIn(expression: string, named: RegExp): string | undefined {
  // A key is no part of a path.
  const words = wordsIn(expression.replace(/(?<=[\w)\]])\[\s*["'`]\w+["'`]\s*\]|\.get\([^)]*\)/g, ''))
  const last = words.findIndex((word) => named.test(posix.basename(word)))
  if (last < 0) return undefined
  return JOINS.test(expression) ? posix.join(...words.slice(0, last + 1)) : words[last]
}
