import { codeLines, fileOf, type Guess, type Sources } from './guess.ts'

// Where Node puts what users send.

export const JAVASCRIPT = /\.[cm]?[jt]s$/
// By express-fileupload, sharp, and from memory.
const MOVED = /(?:\.mv|\.toFile|\bwriteFile(?:Sync)?(?=\(.*\b(?:buffer|file\.data)\b))\(\s*([^\n]+)/
// By multer: an argument, with the calls in it, is the folder itself.
const ARGUMENT = /((?:\$\{[^{}]*\}|[^(),{}]|\((?:[^()]|\([^()]*\))*\))+)/.source
const TOLD = new RegExp(`\\b(?:cb|callback|done|next)\\(\\s*null\\s*,\\s*${ARGUMENT}`)
const SET = new RegExp(`\\bdest(?:ination)?\\s*:\\s*${ARGUMENT}`)

/** The path to which a line saves a file of a request. */
export function savedByNode(sources: Sources, { value, where }: Guess<string>): string | undefined {
  const [, moved] = MOVED.exec(value) ?? []
  const text = sources[fileOf({ where })] ?? ''
  if (moved || !/multer/i.test(text)) return moved
  const at = Number(/\d+$/.exec(where)?.[0])
  // Multer asks for the name of the file in the same way.
  const before = [...codeLines(text).slice(Math.max(at - 8, 0), at - 1), value.split(TOLD)[0]].join('\n')
  const asked = [...before.matchAll(/\b(destination|filename|key|fileFilter)\b/g)].at(-1)?.[1]
  const folder = (asked === 'destination' ? TOLD.exec(value)?.[1] : undefined) ?? SET.exec(value)?.[1]
  return folder && `${folder} /`
}
