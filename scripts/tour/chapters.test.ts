import { expect, test } from 'vitest'
import { CHAPTERS } from './chapters.ts'
import { renderClaim, renderTitle } from './report.ts'
import { languageOf } from './said.ts'

const claims = CHAPTERS.flatMap((chapter) => [...chapter.claims])

test('the tour must have eight chapters, and each claim a name of its own', () => {
  expect(CHAPTERS).toHaveLength(8)
  expect(new Set(claims.map(({ claim }) => claim.en)).size).toBe(claims.length)
})

test.each(['en', 'de'] as const)('what is told in %s must fit into 80 columns', (language) => {
  const told = [
    ...CHAPTERS.map((chapter, n) => renderTitle(chapter, n + 1, CHAPTERS.length, language)),
    ...claims.map((claim) => renderClaim(claim, language)),
  ]
  expect(
    told
      .join('\n')
      .split('\n')
      .filter((line) => line.length > 80),
  ).toEqual([])
  for (const { claim, say } of claims) expect([claim.de, say.de]).not.toContain(claim.en)
})

test.each(claims)('what the commands for "$claim.en" make must have the names of the tour', ({ run }) => {
  const named = run
    .join('\n')
    .matchAll(/(?:--name|--tag|--network|volume create|network create(?: --internal)?) (\S+)/g)
  for (const [, name] of named) expect(name).toMatch(/^tour-/)
})

test.each([
  ['de', 'de'],
  ['de_DE.UTF-8', 'de'],
  ['de:en', 'de'],
  ['DE', 'de'],
  ['en_GB:de', 'en'],
  ['den', 'en'],
  ['C.UTF-8', 'en'],
  ['', 'en'],
  [undefined, 'en'],
] as const)('the language of %j must be %s', (wanted, language) => {
  expect(languageOf(wanted)).toBe(language)
})
