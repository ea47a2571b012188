import { posix } from 'node:path'
import { type Argument, DockerfileParser, type Instruction, JSONInstruction, Run } from 'dockerfile-ast'
import * as v from 'valibot'
import { tryJson } from '../cli/parse.ts'

/**
 * The text of a Dockerfile for a build of a folder further up, which has the one that it was built from until now at the path `folder`:
 * what it copies from its context begins with that path. Undefined where a line may take something else from there.
 */
export function movedDown(text: string, folder: string): string | undefined {
  // Nobody sees what the triggers of a base copy.
  if (/onbuild/i.test(text) || HARD.test(folder)) return undefined
  const edits = DockerfileParser.parse(text)
    .getInstructions()
    .map((one) => editOf(one, folder))
  const starts = [0]
  for (const line of text.split('\n')) starts.push((starts.at(-1) ?? 0) + line.length + 1)
  const offsetOf = ({ line, character }: Position) => (starts[line] ?? 0) + character
  if (edits.includes(undefined)) return undefined
  return edits
    .flatMap((all) => all ?? [])
    .reduceRight((moved, { from, to, by }) => moved.slice(0, offsetOf(from)) + by + moved.slice(offsetOf(to)), text)
}
/** The text of .dockerignore for such a build of a folder further up. */
export const ignoreMovedDown = (text: string, folder: string): string =>
  text.replace(/^([ \t]*!?[ \t]*)\/?(?=[^#!\s])/gm, `$1${folder}/`)

type Position = ReturnType<Argument['getRange']>['start']
type Edit = { readonly from: Position; readonly to: Position; readonly by: string }

// Variables may have any value, and quotes and blanks need care that no Dockerfile of this kind has asked for.
const HARD = /[$"'\s]/
const ELSEWHERE = /^[\w+]+:\/\/|^[\w-]+@[\w.-]+:/
const FLAGS = ['chown', 'chmod', 'link', 'checksum', 'keep-git-dir']

const WORDS = v.array(v.string())
// What changes in a line: nothing in most; undefined where nobody knows.
function editOf(line: Instruction, folder: string): Edit[] | undefined {
  if (line instanceof Run) {
    const mounts = line.getFlags().map((flag) => flag.getValue() ?? '')
    return mounts.every((mount) => /(^|,)(from=|type=(cache|secret|ssh|tmpfs)\b)/.test(mount)) ? [] : undefined
  }
  if (!['COPY', 'ADD'].includes(line.getKeyword()) || !(line instanceof JSONInstruction)) return []
  const flags = line.getFlags().map((flag) => flag.getName())
  if (flags.includes('from')) return []
  if (!flags.every((flag) => FLAGS.includes(flag))) return undefined
  if (/\\(?!\s*$)/m.test(line.getRawArgumentsContent() ?? '')) return undefined
  const [all, words] = [line.getArguments(), tryJson(line.getArgumentsContent() ?? '')]
  const [first, last] = [all[0]?.getRange(), all.at(-1)?.getRange()]
  if (!first || !last) return undefined
  const moved = (source: string) =>
    ELSEWHERE.test(source) ? source : folder + posix.resolve('/', source).replace(/^\/$/, '')
  if (v.is(WORDS, words)) {
    const sources = words.slice(0, -1)
    const by = JSON.stringify([...sources.map(moved), ...words.slice(-1)])
    return sources.some((source) => source.includes('$')) ? undefined : [{ from: first.start, to: last.end, by }]
  }
  // The lines of a text that is written right here count as words, too.
  const sources = all.filter((one) => one.getRange().start.line === first.start.line).slice(0, -1)
  const isText = (one: Argument) => one.getValue().startsWith('<<')
  if (all.some(isText)) return sources.length > 0 && sources.every(isText) ? [] : undefined
  const paths = all.slice(0, -1)
  if (paths.some((one) => HARD.test(one.getValue()))) return undefined
  return paths.map((one) => ({ from: one.getRange().start, to: one.getRange().end, by: moved(one.getValue()) }))
}
