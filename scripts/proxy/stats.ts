// The answers of HAProxy's runtime API that are tables: their columns have names (its management guide, 9.1 and 9.3).

/** The requests that a row of `show stat` counts as failed. */
export const errorsIn = (count: (column: string) => number): number =>
  count('hrsp_5xx') + count('econ') + count('eresp')

/** The rows of an answer, by the names of their columns. */
export function rowsOf(text: string, separator: string): Record<string, string>[] {
  const [heading = '', ...lines] = text.trim().split('\n')
  const columns = heading.replace(/^# /, '').split(separator)
  return lines.map((line) => Object.fromEntries(line.split(separator).map((cell, column) => [columns[column], cell])))
}
