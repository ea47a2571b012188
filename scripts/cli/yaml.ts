import { type Document, isMap, isNode, LineCounter, parseDocument, type Scalar, visit } from 'yaml'
import { Failure } from './failure.ts'
import { NO_KEYS } from './parse.ts'

// What no honest Compose file comes near, and what the parser can bear: 8 kB of `[` end the process itself.
const MOST_BYTES = 1_000_000
const MOST_DEPTH = 200
const MOST_PARTS = 50_000

/** Parses YAML that others wrote. Throws a Failure, which calls it `what`, where it is no YAML, or too large or deep. */
export const parseYaml = (text: string, what: string): unknown => parse(text, what).value

/** Finds the line of a key, by the keys that lead to it; undefined where the text has none, or cannot be read. */
export function locateIn(text: string): (path: readonly string[]) => number | undefined {
  const counter = new LineCounter()
  try {
    const { document } = parse(text, 'the file', counter)
    return (path) => {
      // The key stands on the line that a reader looks for; its value may begin on the next one.
      const parent = document.getIn(path.slice(0, -1), true)
      const pair = isMap(parent) ? parent.items.find(({ key }) => String(key) === path.at(-1)) : undefined
      const begin = isNode(pair?.key) ? pair.key.range?.[0] : undefined
      return begin === undefined ? undefined : counter.linePos(begin).line
    }
  } catch {
    return () => undefined
  }
}

function parse(text: string, what: string, lineCounter?: LineCounter): { document: Document; value: unknown } {
  const refuse = (problem: string, cause?: unknown) =>
    new Failure(`${what} ${problem}`, { next: `correct ${what}, then run the command again`, cause })
  if (Buffer.byteLength(text) > MOST_BYTES) throw refuse(`is larger than ${MOST_BYTES / 1e6} MB`)
  if (depthOf(text) > MOST_DEPTH) throw refuse(`is nested more than ${MOST_DEPTH} deep`)
  if ((text.match(/[\n,]/g)?.length ?? 0) > MOST_PARTS) throw refuse(`has more than ${MOST_PARTS} lines`)
  try {
    // The parser compares each key with each other one, and takes minutes for a map that is large.
    const document = parseDocument(text, {
      ...{ uniqueKeys: false, logLevel: 'error' },
      ...(lineCounter ? { lineCounter } : {}),
    })
    const [error] = document.errors
    if (error) throw error
    visit(document, {
      Map: (_, { items }) => requireKeys(items.map(({ key }) => String(key))),
      Scalar: (_, scalar) => {
        if (isTooLarge(scalar)) scalar.value = scalar.source
      },
    })
    return { document, value: document.toJS({ maxAliasCount: 100 }) }
  } catch (error) {
    throw refuse(`cannot be read: ${(error as Error).message.split('\n')[0]}`, error)
  }
}

// Numbers that Compose, a program of Go, holds for text, and writes without quotes: the address of a contract (0x7AA…).
function isTooLarge({ value, source = '' }: Scalar): boolean {
  if (typeof value !== 'number') return false
  return /^0[xo]/.test(source) ? value > 2 ** 64 : !Number.isFinite(value) && /\d/.test(source)
}

function requireKeys(keys: readonly string[]): void {
  const known = new Set<string>()
  for (const key of keys) {
    if (NO_KEYS.includes(key) || known.has(key))
      throw new Error(`the key ${JSON.stringify(key)} is not allowed here, or not twice`)
    known.add(key)
  }
}

// At most this deep: each level indents by a blank, begins with a mark, or opens a bracket. Quotes only make it stricter.
function depthOf(text: string): number {
  let [depth, most] = [0, 0]
  for (const line of text.split('\n')) {
    const indent = /^[ ?:-]*/.exec(line)?.[0].length ?? 0
    for (const character of line) {
      if (character === '[' || character === '{') depth++
      if (character === ']' || character === '}') depth = Math.max(0, depth - 1)
      most = Math.max(most, depth)
    }
    most = Math.max(most, Math.ceil(indent / 2))
  }
  return most
}
