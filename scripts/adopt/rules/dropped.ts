import { once } from '../once.ts'
import type { SourceTree } from '../source-tree.ts'

/**
 * Whether the table that a line drops is named elsewhere, as a model is: one that nothing makes is what an older version left. True for
 * a line that drops no table.
 */
export function isUsed({ sources }: Pick<SourceTree, 'sources'>, line: string): boolean {
  const [, name] = /\bDROP TABLE\s+(?:IF EXISTS\s+)?["'`[]?(\w+)/i.exec(line) ?? []
  if (name === undefined) return true
  const [whole = '', last = ''] = [name, name.replace(/.*_/, '')].map((one) => plain(one).replace(/s$/, ''))
  return othersIn(sources).some((text) => text.includes(whole) || new RegExp(`\\bclass \\w*${last}`).test(text))
}
const plain = (text: string) => text.replaceAll('_', '').toLowerCase()
const othersIn = once((sources: SourceTree['sources']) =>
  Object.values(sources).map((text) => plain(text.replaceAll(/^.*\bDROP TABLE\b.*$/gim, ''))),
)
