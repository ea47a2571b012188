import { resolve } from 'node:path'
import { Failure } from '../../cli/failure.ts'
import { catchSignals, checkSignals } from '../../cli/io/interrupt.ts'
import { written } from '../../cli/io/places.ts'
import { printResult } from '../../cli/io/result.ts'
import { paint, showResult } from '../../cli/io/screen.ts'
import type { Config } from '../../config/io/read.ts'
import { ask, hasTerminal } from '../../tour/io/keys.ts'
import { renamed } from '../../tour/names.ts'
import { wrap } from '../../tour/report.ts'
import { type Language, languageOf } from '../../tour/said.ts'
import type { Exercise } from '../exercise.ts'
import { EXERCISES } from '../exercises.ts'
import { isSolved, renderFindings, renderHint, renderLearned, renderList, renderTask, WORDS } from '../report.ts'
import { begin, check, clean } from './bench.ts'
import { readProgress, writeProgress } from './progress.ts'

const FOLDER = written('.cache/practice')
const BENCH = { folder: FOLDER, prefix: 'practice-', names: renamed({}) }
const say = (text: string) => showResult(`${text}\n`)

/** Gives the exercises: in a loop at a terminal, otherwise what EXERCISE, CHECK, HINT and CLEAN ask for. */
export async function practise(config: Config): Promise<void> {
  const { exercise, check: checks, hint, clean: cleans, language: wanted, json } = config.options
  const language = languageOf(wanted)
  if (cleans) {
    await leave()
    printResult(config, { outcome: 'cleaned' }, WORDS.cleaned[language])
  } else if (checks || hint || json || !hasTerminal()) await answer(config, language)
  else await loop(language, exercise)
}

/** Answers one call. */
async function answer(config: Config, language: Language): Promise<void> {
  const { exercise: id, check: checks, hint } = config.options
  const { done, current } = readProgress()
  if (id === undefined && !checks && !hint) {
    const next = nextAfter(undefined, done)?.id
    const document = { done, exercises: EXERCISES.map((one) => one.id), next: next ?? null }
    printResult(config, document, `${renderList(EXERCISES, done, next, language)}\n${nextCommand(next)}`)
    return
  }
  const exercise = exerciseOf(id ?? current?.id)
  if (hint) {
    const number = Number(hint)
    if (![1, 2, 3].includes(number))
      throw new Failure(`HINT=${JSON.stringify(hint)} is none of 1, 2 and 3`, { next: 'make practice HINT=1' })
    printResult(config, { exercise: exercise.id, hint: number }, renderHint(exercise, number, language))
    return
  }
  const made = current?.id === exercise.id ? current.made : await enter(exercise)
  if (!checks) {
    printResult(config, { exercise: exercise.id }, renderTask(exercise, folderOf(exercise), language))
    return
  }
  const findings = await check(exercise, BENCH, made)
  const solved = isSolved(findings)
  if (solved) note(exercise)
  const document = { exercise: exercise.id, solved, findings: findings.map(({ holds, said }) => ({ holds, said })) }
  const more = solved ? `\n${renderLearned(exercise, language)}` : ''
  if (!solved) process.exitCode = 1
  printResult(config, document, `${renderFindings(findings, language)}${more}`)
}

/** Goes from exercise to exercise with a person at the terminal, and leaves nothing behind but the progress. */
async function loop(language: Language, asked: string | undefined): Promise<void> {
  catchSignals()
  const at = EXERCISES.find(({ id }) => id === readProgress().at)
  const next = at && !done().includes(at.id) ? at : nextAfter(at, done())
  let exercise = asked === undefined ? next : exerciseOf(asked)
  say(`${renderList(EXERCISES, done(), exercise?.id, language)}\n\n${wrap(WORDS.intro[language])}`)
  try {
    while (exercise) exercise = await doOne(exercise, language)
    if (done().length === EXERCISES.length) say(wrap(WORDS.all[language]))
  } finally {
    await leave()
  }
}

/** Lets a person do one exercise. Gives the next one; undefined where they have had enough. */
async function doOne(exercise: Exercise, language: Language): Promise<Exercise | undefined> {
  say(paint(2, WORDS.preparing[language]))
  const made = await enter(exercise)
  say(`\n${paint(2, RULE)}\n${renderTask(exercise, folderOf(exercise), language)}`)
  for (let hints = 0; ; ) {
    checkSignals()
    const typed = (await ask(`\n${paint(2, WORDS.keys[language])}`))?.trim()
    const asked = EXERCISES.find(({ id }) => id === typed)
    if (typed === undefined || typed === 'q') return undefined
    if (typed === 's' || asked) return asked ?? nextAfter(exercise, done())
    if (typed === 'l') say(renderList(EXERCISES, done(), exercise.id, language))
    else if (typed === 'h') {
      hints = Math.min(3, hints + 1)
      say(`\n${renderHint(exercise, hints, language)}`)
    } else if (typed !== '') say(WORDS.unknown[language])
    else {
      const findings = await check(exercise, BENCH, made)
      say(`\n${renderFindings(findings, language)}`)
      if (!isSolved(findings)) continue
      note(exercise)
      say(paint(32, renderLearned(exercise, language)))
      return nextAfter(exercise, done())
    }
  }
}

const RULE = '─'.repeat(78)
const done = () => readProgress().done
// A whole path: a person may still stand in the folder of another exercise.
const folderOf = ({ id }: Exercise) => resolve(FOLDER, id)
const nextCommand = (id: string | undefined) => (id ? `make practice EXERCISE=${id}` : '')

// The next one that is not done, beginning anew at the end.
function nextAfter(exercise: Exercise | undefined, solved: readonly string[]): Exercise | undefined {
  const at = exercise ? EXERCISES.indexOf(exercise) + 1 : 0
  return [...EXERCISES.slice(at), ...EXERCISES.slice(0, at)].find(({ id }) => !solved.includes(id))
}

function exerciseOf(id: string | undefined): Exercise {
  const found = EXERCISES.find((one) => one.id === id)
  if (found) return found
  if (id === undefined) throw new Failure('no exercise has been begun', { next: 'make practice EXERCISE=layers' })
  throw new Failure(
    `EXERCISE=${JSON.stringify(id)} is no exercise; they are ${EXERCISES.map((one) => one.id).join(', ')}`,
    {
      next: 'make practice EXERCISE=layers',
    },
  )
}

async function enter(exercise: Exercise): Promise<string> {
  await leave()
  const made = await begin(exercise, BENCH)
  writeProgress({ ...readProgress(), at: exercise.id, current: { id: exercise.id, made } })
  return made
}

async function leave(): Promise<void> {
  const { current, ...kept } = readProgress()
  await clean(BENCH, current?.made)
  writeProgress(kept)
}

function note({ id }: Exercise): void {
  const progress = readProgress()
  writeProgress({ ...progress, done: [...new Set([...progress.done, id])] })
}
