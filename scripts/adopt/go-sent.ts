import { codeLines, fileOf, functionAt, type Guess, keepFiles, type Sources } from './guess.ts'
import { mapValues } from './source-tree.ts'

// Where Go puts what users send.

export const GO = /\.go$/
const TAKES = /\bFormFile\(|\bMultipart(?:Form|Reader)\b|\bmultipart\.(?:File|FileHeader|Part)\b/
// By Gin and Echo's own handlers; by Fiber, of whose name others have a method, too.
const SAVED = [/\bSaveUploadedFile\(\s*[^,]+,\s*(.+)/, /\b(?:c|ctx|\w+Ctx)\.SaveFile\(\s*[^,]+,\s*(.+)/]
const WRITTEN = /\b(?:os\.Create|os\.OpenFile(?=\(.*\bO_CREATE\b)|(?:os|ioutil)\.WriteFile|bimg\.Write)\(\s*(?=(.+))/
// What copies, reads or names the file of a request.
const SENT = /\bio\.Copy\(|\.ReadFrom\(|\bio(?:util)?\.ReadAll\(|\.Filename\b|\bbimg\./

/** The path to which a line saves a file of a request, unless the same function deletes it again. */
export function savedByGo(sources: Sources, { value, where }: Guess<string>): string | undefined {
  const text = sources[fileOf({ where })] ?? ''
  const said = SAVED.map((one) => one.exec(value)?.[1]).find(Boolean)
  if (said) return said
  const [, written] = WRITTEN.exec(value) ?? []
  if (!written) return undefined
  const own = functionAt(codeLines(text), Number(/\d+$/.exec(where)?.[0]) - 1)
  const [, name] = /^(\w+)\s*[,)]/.exec(written) ?? []
  if (name && own.some((line) => new RegExp(`\\bos\\.Remove(?:All)?\\(\\s*${name}\\b`).test(line))) return undefined
  const isSent = TAKES.test(text) && own.some((line) => SENT.test(line))
  return isSent || /^[\w.]*\(?\s*"[./]*(?:[\w-]+\/)*uploads?[/"]/.test(written) ? written : undefined
}

/** The sources with paths of Go as other languages write them, line by line. */
export const withPlainGo = (sources: Sources): Sources => ({
  ...sources,
  ...mapValues(
    keepFiles(sources, (file) => GO.test(file)),
    (text) =>
      text
        .replaceAll(/(\w+),\s*\w+\s*:?=\s*os\.Getwd\(\)/g, '$1 = "."')
        .replaceAll(/\b(?:file)?path\.Join\(/g, 'join(')
        .replaceAll(/\bfmt\.Sprintf\(/g, '(')
        .replaceAll(/\b\w*[gG]et[eE]nv\w*\(\s*"\w+"\s*,\s*("[^"\n]*")\s*\)/g, '$1')
        .replaceAll(/(\w\s*):=/g, '$1='),
  ),
})
