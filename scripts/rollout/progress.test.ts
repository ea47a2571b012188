import { expect, test } from 'vitest'
import type { BegunSnapshot, FinishedSnapshot } from '../data/snapshot-states.ts'
import { addEvent, BEGINNING, finishedSnapshot, goingBack, type Progress, type RunEvent } from './progress.ts'

const after = (...events: readonly RunEvent[]): Progress => events.reduce(addEvent, BEGINNING)
const step = (number: number, over: Partial<Extract<RunEvent, { what: 'step' }>> = {}): RunEvent => ({
  ...{ what: 'step', number, changes: false, mayWrite: false, stopping: [] },
  ...over,
})

test('steps must add up: what was touched stays touched, and what was being stopped stays so', () => {
  const steps = [step(1, { changes: true, stopping: ['a'] }), step(2, { mayWrite: true }), step(3, { stopping: ['b'] })]
  expect(after(...steps)).toEqual({ ...BEGINNING, step: 3, touched: true, wrote: true, stopping: ['a', 'b'] })
})

test('requests must count as waiting from the first moment on that they were held', () => {
  expect(after({ what: 'held', at: 100 }, { what: 'held', at: 200 }).heldSince).toBe(100)
})

test('it must be known whether the old version could answer the requests that wait', () => {
  const held = after({ what: 'held', at: 100, behind: true })
  expect(held.behind).toBe(true)
  expect(addEvent(held, { what: 'held', at: 200 }).behind).toBe(false)
  expect(addEvent(held, { what: 'unheld', at: 200 }).behind).toBe(false)
})

test('of several times that requests have waited, the longest must be told', () => {
  const held = (from: number, to: number): RunEvent[] => [
    { what: 'held', at: from },
    { what: 'unheld', at: to },
  ]
  expect(after(...held(100, 150), ...held(200, 290), ...held(300, 310))).toMatchObject({
    held: 90,
    heldSince: undefined,
  })
})

test('letting requests go that do not wait must change nothing', () => {
  expect(after({ what: 'unheld', at: 100 })).toEqual(BEGINNING)
})

test('requests that were cut must be counted together', () => {
  expect(after({ what: 'cut', requests: 2 }, { what: 'cut', requests: 1 }).cut).toBe(3)
})

test('each set must keep what it had answered when it was switched', () => {
  const tally = { answers: 3, errors: 1 }
  const one: RunEvent = { what: 'switched', tallies: { 'app-blue': tally } }
  const other: RunEvent = { what: 'switched', tallies: { 'web-green': tally } }
  expect(after(one, other).tallies).toEqual({ 'app-blue': tally, 'web-green': tally })
})

test('a snapshot must count only once it is finished', () => {
  const contents = { release: {} as FinishedSnapshot['release'], modes: {}, copies: {}, described: {}, changed: [] }
  const begun: BegunSnapshot = {
    ...contents,
    finish: () => Promise.reject(new Error('not asked for')),
    giveUp: () => {},
  }
  const finished: FinishedSnapshot = { ...contents, id: 'abc', bytes: 1 }
  const one = after({ what: 'snapshot', state: { is: 'begun', snapshot: begun } })
  const two = addEvent(one, { what: 'snapshot', state: { is: 'finished', snapshot: finished } })
  expect([BEGINNING, one, two].map((progress) => finishedSnapshot(progress)?.id)).toEqual([undefined, undefined, 'abc'])
})

test('what undoes a run must count its steps on, and know that requests wait, and nothing else', () => {
  const failed = after(
    step(4, { changes: true, stopping: ['a'] }),
    { what: 'held', at: 7 },
    { what: 'cut', requests: 1 },
  )
  expect(goingBack(failed)).toEqual({ ...BEGINNING, step: 4, heldSince: 7 })
})
