import { lexer, type Token, walkTokens } from 'marked'

// What a reader of a Markdown file can follow: commands with their outputs, code, links and headings.

/** A command of a `console` block, without its `$ `, and the lines that the block shows below it. */
export type Command = { readonly line: string; readonly output: readonly string[] }
export type Guide = {
  readonly commands: readonly Command[]
  /** The code that stands inside of sentences. */
  readonly spans: readonly string[]
  readonly links: readonly string[]
  /** Each heading, without its marks. */
  readonly headings: readonly string[]
}

/** Reads a Markdown text. */
export function readGuide(text: string): Guide {
  const commands: Command[] = []
  const spans: string[] = []
  const links: string[] = []
  const headings: string[] = []
  const look = (token: Token) => {
    if (token.type === 'code' && token.lang === 'console') commands.push(...commandsOf(token.text))
    if (token.type === 'codespan') spans.push(token.text)
    if (token.type === 'link' || token.type === 'image') links.push(token.href)
    if (token.type === 'heading') headings.push(token.text)
  }
  void walkTokens(lexer(text), look)
  return { commands, spans, links, headings }
}

// A block begins with a prompt: that of root is #.
function commandsOf(block: string): Command[] {
  const [before = '', ...parts] = `\n${block}`.split(block.startsWith('# ') ? '\n# ' : '\n$ ')
  if (before !== '') throw new Error(`a console block begins without a command: ${before.trim()}`)
  return parts.map((part) => {
    const [line = '', ...output] = part.split('\n')
    return { line, output: output.filter((one) => one.trim() !== '') }
  })
}

/** The name by which GitHub links to a heading. */
export const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/\]\([^)]*\)/g, '')
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

/**
 * The pattern of what a block shows. A line `…` stands for any lines, and `…` in a line for any text. Versions, ids,
 * times and sizes differ from run to run: only their kind counts.
 */
export function patternOf(output: readonly string[]): RegExp {
  const lines = output.map((line) =>
    line.trim() === '…' ? '(?:[^\\n]*\\n)*' : `${neutral(line).split('…').map(literally).join('[^\\n]*')}\\n`,
  )
  return new RegExp(`^${lines.join('')}$`)
}

/**
 * An output with a word for each version, id, time and size, and one space where there are several. Only a step that takes
 * a second has a line: these lines are left out.
 */
export const neutral = (text: string): string =>
  text
    .replaceAll(/^[→✓] .*(\n|$)/gm, '')
    .replaceAll(/(127\.0\.0\.1|localhost):\d+/g, '$1:PORT')
    .replaceAll(/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?Z?)?/g, 'TIME')
    .replaceAll(/\bv?\d+\.\d+\.\d+(-dev\.\d+(\.g[0-9a-f]+)?)?(\.dirty\.t[0-9a-f]+|\+)?(?![\w.])/g, 'VERSION')
    .replaceAll(/\b(?=[a-f]*\d)[0-9a-f]{7,}\b/g, 'ID')
    .replaceAll(/\b\d+(\.\d+)?( ?(ms|[kMG]?B|[smhd]))\b( \d+ ?[smh]\b)?/g, 'SIZE')
    .replaceAll(/[ \t]+/g, ' ')
    .replaceAll(/ +$/gm, '')
    .replaceAll(/^\n/gm, '')

const literally = (text: string) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
