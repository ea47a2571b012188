import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

// docs/faults.md names a test for each fault and each security item, or says why there is none.
const rows = readFileSync('docs/faults.md', 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, number, proof] = /^\| (\d+) \| .* \| ([^|]+) \|$/.exec(line) ?? []
    return number && proof ? [{ number: Number(number), proof }] : []
  })
const upTo = (most: number) => Array.from({ length: most }, (_, index) => index + 1)

test('each of the 72 faults and the 44 security items must have its row', () => {
  expect(rows.map(({ number }) => number)).toEqual([...upTo(72), ...upTo(44)])
})

test.each(rows)('row $number must name a test that exists, or say why there is none: $proof', ({ proof }) => {
  const [, file = '', words = ''] = /^(\S+\.(?:ts|py)): (.+)$/.exec(proof) ?? []
  if (file === '') expect(proof).toMatch(/^(not yet tested|waits for the Swarm|not ours)/)
  else expect(existsSync(file) && readFileSync(file, 'utf8').includes(words), proof).toBe(true)
})
