import { expect, test } from 'vitest'
import { firstDifference, isPlainEnvFile, probeFile, withFilledIn } from './env-file.ts'

test.each(['', '# a comment\n\nPORT=8080\n', 'IMAGE_REPOSITORY=registry.example.com:5000/team/journal'])(
  'every parser must read %j alike',
  (text) => {
    expect(isPlainEnvFile(text)).toBe(true)
  },
)

test.each(["A='a'", 'A="a"', 'A=$B', 'A=a # b', 'A=a ', 'export A=a', 'A: a', 'A=a\\nb'])(
  '%j must be a question for Compose',
  (text) => {
    expect(isPlainEnvFile(text)).toBe(false)
  },
)

test('a value that Compose reads differently must be found, with both readings [fault 71]', () => {
  const resolved = (environment: object) => JSON.stringify({ services: { probe: { environment } } })
  expect(firstDifference({ A: 'a$b', B: 'b' }, resolved({ A: 'a', B: 'b' }))).toEqual({
    name: 'A',
    ours: 'a$b',
    compose: 'a',
  })
  expect(firstDifference({ A: 'a$b' }, resolved({ A: 'a$$b' }))).toBeUndefined()
  expect(probeFile(['A'])).toContain(`"\${A-}"`)
})

test('a value that names another variable is what Compose makes of it, and one with a $ alone stays a question', () => {
  const resolved = JSON.stringify({ services: { probe: { environment: { A: 'https://shop:8443', B: 'a' } } } })
  const filled = withFilledIn({ A: `https://$\{HOST}:$\{PORT}`, B: 'a$b' }, resolved)
  expect(filled).toEqual({ A: 'https://shop:8443', B: 'a$b' })
  expect(firstDifference(filled, resolved)?.name).toBe('B')
})
