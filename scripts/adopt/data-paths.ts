import { posix } from 'node:path'
import type { Variables } from '../config/settings.ts'
import { onceBy } from './finding.ts'
import { findAll, type Guess, keepFiles, linesOf, type Sources } from './guess.ts'
import { mapValues } from './source-tree.ts'
import type { Program } from './uploads.ts'

/** A variable that can move the application's data away from its code, and the value that does so. */
export type DataPath = { readonly variable: string; readonly value: string; readonly where: string }

/** The folder in the container that these variables then point to. */
export const DATA_FOLDER = '/data'

const READS =
  /(?:process\.env\.|process\.env\[["']|(?:environ\.get|environ|getenv|Getenv|env\.get)[([]\s*["'])(\w+)(.*)/
// A default that has a name of its own.
const DEFAULT = /^["')\]]*\s*(?:\|\||\?\?|\bor\b|,)\s*([A-Za-z_]\w*)\s*\)*[;,]?$/
const ABOUT_DATA = /(DATA|DATABASE|DB|SQLITE|UPLOAD|UPLOADS|STORAGE|STORE|MEDIA)_?(DIR|PATH|FILE|FOLDER|ROOT)$/i
const FILE = /(?:^|[/"'`\s])([\w-]+\.(?:db|sqlite3?))(?=$|["'`\s)])/

/** The sources with the values of variables that are set, instead of where they are read: nobody uses their defaults. */
export function withValues(sources: Sources, values: Variables): Sources {
  const fill = (text: string) => {
    const unused: string[] = []
    const filled = text.replace(new RegExp(READS, 'g'), (read, name: string, rest: string) => {
      const value = values[name]
      if (value === undefined) return read
      unused.push(...(DEFAULT.exec(rest)?.slice(1) ?? []))
      return JSON.stringify(value) + rest.replaceAll(/[^)]/g, '')
    })
    return unused.reduce((all, name) => all.replace(new RegExp(`^.*\\b${name}\\s*=(?!=).*`, 'm'), ''), filled)
  }
  return mapValues(sources, fill)
}

/** Finds the variables whose default path lies beside the code, where every deploy loses data. */
export function guessDataPaths(sources: Sources): DataPath[] {
  const found = linesOf(sources).flatMap(({ where, value: line }) => {
    const [, variable = '', rest = ''] = READS.exec(line) ?? []
    if (variable === '') return []
    const value = /sqlite:\/\/\/(?!\/)/.test(rest)
      ? `sqlite:///${DATA_FOLDER}/${FILE.exec(rest)?.[1] ?? 'data.db'}`
      : pathOf(variable, rest)
    return value === undefined ? [] : [{ variable, value, where }]
  })
  return onceBy(found, ({ variable }) => variable)
}

function pathOf(variable: string, rest: string): string | undefined {
  const [, given] =
    /^["')\]]*\s*(?:\|\||\?\?|\bor\b|,)\s*(?:[\w.]*join\([^"'`]*)?["'`]((?![/~])[\w./-]+)["'`]/.exec(rest) ?? []
  if (given === undefined || !(ABOUT_DATA.test(variable) || FILE.test(given))) return undefined
  return posix.extname(given) === '' ? DATA_FOLDER : `${DATA_FOLDER}/${posix.basename(given)}`
}

// A path in parts, as one.
const joined = (text: string) =>
  text
    .replace(/\b(?:join|resolve)\(.*/g, (call) => call.replace(/(?<=\w)(["'`])\s*,\s*\1(?=\w)/g, '/'))
    .replace(/(?<=\w)(["'])\s*\/\s*\1(?=\w)/g, '/')

/** Finds folders that the code writes data to, and data files `beside` the code: a volume there would hide the code. */
export function guessData({ sources, workdir }: Pick<Program, 'sources' | 'workdir'>): {
  folders: Guess<string>[]
  beside: Guess<string>[]
} {
  const [instance] = findAll(sources, [/(instance_path|instance_relative_config\s*=\s*True)/])
  const kept = Object.values(sources).some((text) => /sqlite|upload/i.test(text))
  const code = mapValues(
    keepFiles(sources, (file) => !file.endsWith('.sql')),
    joined,
  )
  const isPython = (file: string) => /\.(py|ini|cfg)$/.test(file)
  // Python's addresses have a fourth slash before an absolute path; elsewhere the third one begins it.
  const others = keepFiles(code, (file) => !isPython(file))
  const rooted = findAll(others, [/sqlite:\/\/(\/(?!tmp\/)[\w./-]+)\/[\w.-]+/])
  const absolute = findAll(code, [
    /sqlite(?:\+\w+)?:\/\/\/(\/[\w./-]+)\/[\w.-]+/,
    /["'`](\/(?!tmp\/|usr\/|etc\/|proc\/|dev\/)[\w./-]+)\/[\w.-]+\.(?:db|sqlite3?)["'`]/,
  ])
  const relative = findAll(keepFiles(code, isPython), [/sqlite(?:\+\w+)?:\/\/\/([\w.][\w./-]*)/])
  const beside = findAll(code, [
    /\bData Source=((?:\.\/)?[\w-][\w./-]*\.(?:db|sqlite3?))/i,
    /["'`]((?:\.\/)?(?:[\w-]+\/)*(?!thumbs|cert\d|key\d)[\w-]+\.(?:db|sqlite3?))["'`]/,
  ])
  const path = `${workdir.replace(/\/$/, '')}/instance`
  const own = instance && kept ? [{ value: path, where: instance.where }] : []
  const folders = onceBy([...own, ...absolute, ...rooted], ({ value }) => value)
  return { folders, beside: own.length > 0 ? [] : [...relative, ...beside].slice(0, 3) }
}
