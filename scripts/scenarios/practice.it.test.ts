import { expect, test } from 'vitest'
import { freePortFrom } from '../docker/io/free-port.ts'
import { EXERCISES } from '../practice/exercises.ts'
import { type Bench, begin, check, clean } from '../practice/io/bench.ts'
import { isSolved, renderFindings } from '../practice/report.ts'
import { testRun } from '../state/io/lock.ts'
import { casesOf } from '../testing/proof.ts'
import { openStage } from '../tour/io/stage.ts'
import { renamed } from '../tour/names.ts'
import { WRONG } from './practice-wrong.ts'

// Each attempt has names and a port of its own: all of them run beside each other.
let opened = 0
async function attempt(id: string, command: string): Promise<{ solved: boolean; said: string }> {
  const exercise = EXERCISES.find((one) => one.id === id)
  if (!exercise) throw new Error(`there is no exercise ${id}`)
  opened += 1
  const prefix = `e2e-${testRun()}-practice${opened}-`
  const names = renamed({ 'practice-': prefix, '8095': String(await freePortFrom(21_000 + opened * 10)) })
  const bench: Bench = { folder: `.cache/${prefix}x`, prefix, names }
  let made = ''
  try {
    made = await begin(exercise, bench)
    await openStage(`${bench.folder}/${id}`, prefix, names).run(command)
    const findings = await check(exercise, bench, made)
    return { solved: isSolved(findings), said: renderFindings(findings, 'en').replaceAll(/\s+/g, ' ') }
  } finally {
    await clean(bench, made)
  }
}

// Each exercise has one right solution and two wrong ones. `make check` tries one of the three, each in its turn, of every
// sixth exercise.
const attempts = EXERCISES.flatMap(({ id, solution }, n) =>
  [{ run: solution, says: '' }, ...(WRONG[id] ?? [])].map((one, turn) => ({
    ...one,
    id,
    kept: n % 6 === 0 && turn === (n / 6) % 3,
  })),
)
const of = (isRight: boolean) =>
  casesOf(
    attempts.filter(({ says }) => (says === '') === isRight),
    ({ kept }) => kept,
  )

test.concurrent.each(of(true))('the solution of $id must solve it', async ({ id, run }) => {
  expect(await attempt(id, run)).toMatchObject({ solved: true, said: expect.not.stringContaining('…') })
})

test.concurrent.each(of(false))('a wrong solution of $id must be told: $says', async ({ id, run, says }) => {
  const { solved, said } = await attempt(id, run)
  expect(solved).toBe(false)
  expect(said).toContain(`… ${says}`)
})
