import type { Chapter, Claim } from './chapter.ts'
import type { Language, Said } from './said.ts'

const WIDTH = 78

/** A text in lines of at most 78 letters; lines that begin with a blank stay as they are. */
export const wrap = (text: string): string =>
  text
    .split('\n')
    .map((line) => (/^\s/.test(line) ? line : line.replace(/(?=.{79})(.{1,78}) /g, '$1\n')))
    .join('\n')

/** What is said before the first chapter. */
export const WELCOME: Said = {
  en: 'Each command is shown, then run here, and you see what it really prints. A whole tour takes about fifteen minutes; what it makes is removed at the end.',
  de: 'Jedes Kommando wird gezeigt und dann hier ausgeführt; du siehst, was es wirklich ausgibt. Die ganze Tour dauert etwa fünfzehn Minuten; was sie macht, wird am Ende entfernt.',
}

/** The heading of a chapter. */
export function renderTitle({ title }: Chapter, number: number, of: number, language: Language): string {
  const what = { en: 'Chapter', de: 'Kapitel' }[language]
  const line = `${what} ${number}/${of}: ${title[language]}`
  return `\n${line}\n${'='.repeat(Math.min(line.length, WIDTH))}`
}

/** What is told before the commands of a claim: its text, and the files that the commands find, besides those of the claim before. */
export function renderClaim({ say, files = {} }: Claim, language: Language, before: Claim['files'] = {}): string {
  const shown = Object.entries(files)
    .filter(([name, content]) => before[name] !== content)
    .map(([name, content]) => `\n${name}:\n${indent(content, '    ')}`)
  return [`\n${wrap(say[language])}`, ...shown].join('\n')
}

/** The lines of a text, indented. */
export const indent = (text: string, by = '  '): string => text.trimEnd().replace(/^(?=.)/gm, by)

/** The last lines of a long output. */
export function shorten(output: string, most = 20): string {
  const lines = output.trimEnd().split('\n')
  return lines.length <= most ? lines.join('\n') : ['…', ...lines.slice(-most)].join('\n')
}
