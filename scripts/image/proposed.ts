import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { Failure } from '../cli/failure.ts'

// The head of the files that `make init` and `make adopt` write: whose they are, whether somebody has changed them, and which
// Dockerfile one of them holds the text of, or which files the values of.

/** Begins the head of each proposed file: uninstall removes no other file. */
export const SIGN = '# Proposed by d’Artagnan (make init). Change it as you like.'

// git may give the same file other line ends, and an editor another end, or a mark of its order of bytes (BOM).
export const sumOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12)
export const sumOfSource = (text: string) => sumOf(withoutMark(text).replaceAll('\r\n', '\n').trimEnd())
/** A text without the mark that some editors begin it with: in the middle of a file, that is a sign like any other. */
export const withoutMark = (text: string): string => text.replace(/^\uFEFF/, '')

// BuildKit reads these only at the very top of a Dockerfile.
const DIRECTIVES = /^(?:#[ \t]*(?:syntax|escape|check)[ \t]*=.*\n)*/i
const withHead = (text: string, line: string) => text.replace(DIRECTIVES, (top) => `${top}${line}\n`)

/** The text of a file without the sign of a proposal. */
export function bodyOf(text: string): string {
  const [top = ''] = DIRECTIVES.exec(text) ?? []
  const rest = text.slice(top.length)
  return rest.startsWith(SIGN) ? top + rest.slice(rest.indexOf('\n') + 1) : text
}
/** Whether a file was proposed, also where somebody has changed it since. */
export const isSigned = (text: string): boolean => bodyOf(text) !== text
/** A proposed file with its sum beside the sign: that is how the next run knows that nobody has changed it, and replaces it. */
export const seal = (text: string): string => withHead(bodyOf(text), sealOf(text))
export const isSealed = (text: string): boolean => isSigned(text) && text.includes(`${sealOf(text)}\n`)
const sealOf = (text: string) => `${SIGN} [${sumOf(bodyOf(text))}]`

/** The file that a proposed one holds the text of: its path from there, its text, and the command that proposes anew. */
export type Origin = { readonly path: string; readonly text: string; readonly command: string }
/** How the line that says so begins. */
export const ORIGIN_SIGN = '# Made from'
/** That line. It may stand in an .env that PHP reads by `parse_ini_file`, which takes it for a key: such has no brackets. */
export const lineOf = ({ path, text, command }: Origin): string =>
  `${ORIGIN_SIGN} ${path} ${sumOfSource(text)}, by: ${command}`
// Older versions wrote the sum in brackets.
const LINE = new RegExp(`^${ORIGIN_SIGN} (\\S.*) \\[?([0-9a-f]{12})\\]?, by: (.+)$`, 'm')

/** The text of a file without such lines. */
export const withoutOrigins = (text: string): string => text.replace(new RegExp(`${LINE.source}\n?`, 'gm'), '')

/** Those that the lines of a text name, and whose text is another one by now; each with the command that proposes anew. */
export const changedOrigins = (text: string, now: (path: string) => string) =>
  [...text.matchAll(new RegExp(LINE, 'gm'))].flatMap(([, path = '', sum, command = '']) =>
    sum === sumOfSource(now(path)) ? [] : [{ path, command }],
  )

/** The text of a proposed Dockerfile with a line in its head that says what it was made from. */
export const withOrigin = (text: string, origin: Origin): string => withHead(text, lineOf(origin))

type Proposed = { readonly file: string; readonly dockerfile: string }
/** Where a Dockerfile says what it was made from: the path of that one, from where its own path begins; else undefined. */
export function originOf({ file, dockerfile }: Proposed): string | undefined {
  const [, path] = LINE.exec(dockerfile) ?? []
  const origin = path === undefined ? file : join(dirname(file), path)
  // Whoever has renamed it to the other's name has made it their own.
  return origin === file ? undefined : origin
}

/**
 * Throws a Failure where the Dockerfile that a proposed one was made from, and whose text is given, has changed since: what was added
 * there would be missing in the image. Without a text there is none left that anybody could have changed.
 */
export function requireCurrent({ file, dockerfile }: Proposed, text: string | undefined): void {
  const [line, path = '', sum, command = ''] = LINE.exec(dockerfile) ?? []
  if (line === undefined || text === undefined || sum === sumOfSource(text)) return
  const byHand = `put the change into it by hand, and the line: ${lineOf({ path, text, command })}`
  throw new Failure(
    `${file} is what is built, and ${join(dirname(file), path)}, which it was made from, has changed since`,
    {
      next: isSealed(dockerfile)
        ? `${command}   (where that leaves ${file} as it is: ${byHand})`
        : `somebody has changed ${file}: ${byHand}   (or lose what was changed: rm ${file} && ${command})`,
    },
  )
}
