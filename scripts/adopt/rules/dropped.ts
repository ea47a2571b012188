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
  const { all, others } = textsIn(sources)
  // Where tables are made by SQL, that names each, or code does as a text; else its name may be that of a model.
  const said = new RegExp(
    `\\b(table|into|from|update|join)\\s+(if not exists\\s+)?["'\`[]?(\\w+\\.)?${name}\\b|["'\`]${name}["'\`]`,
    'i',
  )
  const isNamed = all.some((text) => /\bCREATE TABLE\b/i.test(text))
    ? all.some((text) => said.test(text))
    : others.some((text) => text.includes(whole))
  return isNamed || others.some((text) => new RegExp(`\\bclass \\w*${last}`).test(text))
}
const plain = (text: string) => text.replaceAll('_', '').toLowerCase()
const textsIn = once((sources: SourceTree['sources']) => {
  const all = Object.values(sources).map((text) => text.replaceAll(/^.*\bDROP TABLE\b.*$/gim, ''))
  return { all, others: all.map(plain) }
})
