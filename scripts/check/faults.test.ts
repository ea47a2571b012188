import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const files = globSync(['scripts/**/*.test.ts', 'scripts/scenarios/*.ts', 'sample-app/tests/*.ts'])
const titles = files.map((file) => readFileSync(file, 'utf8')).join('\n')
const page = readFileSync('docs/faults.md', 'utf8')
const numbersIn = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, number]) => Number(number))

// A test has its number at the end of its title; a row of the page has it in the first column.
test.each([
  ['fault', 72],
  ['security', 44],
])('each %s of 1 to %i must have a test, or a line that says why it has none', (kind, count) => {
  const tested = new Set(numbersIn(titles, new RegExp(`\\[${kind} (\\d+)\\]`, 'g')))
  const explained = numbersIn(page, new RegExp(`^\\| ${kind} (\\d+) \\|`, 'gm'))
  const all = Array.from({ length: count }, (_, index) => index + 1)
  expect([...tested, ...explained].toSorted((one, other) => one - other)).toEqual(all)
})
