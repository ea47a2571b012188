import { expect, test } from 'vitest'
import { targets } from '../config/targets.ts'
import { WRONG } from '../scenarios/practice-wrong.ts'
import type { Said } from '../tour/said.ts'
import type { Exercise } from './exercise.ts'
import { EXERCISES, IMAGES } from './exercises.ts'
import { renderHint, renderLearned, renderList, renderTask, WORDS } from './report.ts'
import { renderSeeds } from './seeds.ts'

const textsOf = ({ title, task, predict, hints, learned }: Exercise): readonly Said[] => [
  ...[title, task, predict, learned],
  ...hints,
]
const namesIn = (text: string): string[] => text.match(/practice-[a-z][a-z-]*/g) ?? []

test('there must be more than twenty exercises, each with a name of its own and two wrong solutions', () => {
  const ids = EXERCISES.map(({ id }) => id)
  expect(ids.length).toBeGreaterThan(20)
  expect(new Set(ids).size).toBe(ids.length)
  expect(Object.keys(WRONG).sort()).toEqual(ids.toSorted())
})

test.each(EXERCISES)('$id must speak of the same things in English and in German', (exercise) => {
  for (const { en, de } of textsOf(exercise)) {
    expect(de).not.toBe(en)
    // German has no word practice: it stands in names alone.
    expect(namesIn(de).sort()).toEqual(namesIn(en).sort())
  }
})

test.each(EXERCISES)('$id must have three hints, and the third one is its solution', (exercise) => {
  for (const language of ['en', 'de'] as const) {
    for (const number of [1, 2]) expect(renderHint(exercise, number, language).length).toBeGreaterThan(30)
    expect(renderHint(exercise, 3, language).replace(/^ {2}/gm, '')).toContain(exercise.solution)
  }
})

test.each(EXERCISES)('$id must end at a target that exists', ({ target, learned }) => {
  expect(targets.map(([name]) => name)).toContain(target)
  for (const said of Object.values(learned)) expect(said).toContain(`\`make ${target}`)
})

test.each(EXERCISES)('$id must name nothing that neither setup nor its solution makes', (exercise) => {
  const { setup = '', solution, files } = exercise
  const made = namesIn(`${setup} ${solution} ${JSON.stringify(files)}`)
  const named = textsOf(exercise).flatMap(({ en }) => namesIn(en))
  const known = (name: string) => [...IMAGES, ...made].some((one) => one === name)
  expect(named.filter((name) => !known(name))).toEqual([])
  // Images begin with those that setup has made.
  const bases = [...`${setup}\n${solution}\n${JSON.stringify(files)}`.matchAll(/(?:FROM|image:) ([a-z-]+)/g)]
  for (const [, base] of bases) expect(IMAGES).toContain(base)
})

test.each(['en', 'de'] as const)('what is shown in %s must fit into 80 columns', (language) => {
  const shown = EXERCISES.flatMap((exercise) => [
    renderTask(exercise, '/folder', language),
    ...[1, 2].map((number) => renderHint(exercise, number, language)),
    renderLearned(exercise, language),
  ])
  const lines = [renderList(EXERCISES, ['layers'], 'box', language), WORDS.keys[language], ...shown]
    .join('\n')
    .split('\n')
  expect(lines.filter((line) => line.length > 80)).toEqual([])
})

test('docs/seeds.md must have the table of the claims', async () => {
  await expect(renderSeeds()).toMatchFileSnapshot('../../docs/seeds.md')
})
