/** The word that takes the fewest changes of a letter to become `word`; undefined where all take many. */
export function closest(word: string, words: readonly string[]): string | undefined {
  const ranked = words.map((one) => ({ one, changes: changesBetween(word, one) }))
  const [best] = ranked.toSorted((a, b) => a.changes - b.changes)
  return best && best.changes <= word.length / 3 + 1 ? best.one : undefined
}

// Levenshtein's distance: letters that are put in, left out or replaced.
function changesBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [index, letter] of [...a].entries()) {
    const next = [index + 1]
    for (const [column, other] of [...b].entries()) {
      const [left = 0, above = 0, corner = 0] = [next[column], row[column + 1], row[column]]
      next.push(Math.min(left + 1, above + 1, corner + (letter === other ? 0 : 1)))
    }
    row = next
  }
  return row.at(-1) ?? 0
}

/** The end of a message that refuses a word: which one was meant, where one is close. */
export const didYouMean = (word: string, words: readonly string[]): string => {
  const meant = closest(word, words)
  return meant === undefined ? '' : `; did you mean ${meant}?`
}
