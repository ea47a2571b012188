import { expect, test } from 'vitest'
import { errorSign, since, tallyOf } from './error-rate.ts'
import type { Server } from './haproxy.ts'

const server = (answers: number, errors: number): Server => ({
  service: 'app',
  color: 'blue',
  name: 'app1',
  address: '10.0.0.2',
  up: true,
  draining: false,
  inFlight: 0,
  answers,
  errors,
})
const tally = (answers: number, errors: number) => ({ answers, errors })
const clean = tally(1000, 0)

test('the answers of a set must be those of all its members', () => {
  expect(tallyOf([server(5, 1), server(7, 2)])).toEqual(tally(12, 3))
  expect(tallyOf([])).toEqual(tally(0, 0))
})

test('only what was answered since must count', () => {
  expect(since(tally(12, 3), tally(5, 1))).toEqual(tally(7, 2))
})

test.each([
  ['no answer at all', tally(0, 0)],
  ['two errors of two answers', tally(2, 2)],
  ['three errors among very many answers', tally(1000, 3)],
  ['one error in twenty answers', tally(100, 5)],
])('%s must be no bad sign', (_, now) => {
  expect(errorSign(now, clean)).toBeUndefined()
})

test.each([
  ['three errors of three', tally(3, 3), 'answered 3 of 3 requests with an error'],
  ['more than one error in twenty answers', tally(100, 6), 'answered 6 of 100 requests with an error'],
])('%s must be a bad sign', (_, now, says) => {
  expect(errorSign(now, clean)).toBe(says)
})

test('requests that all failed without an answer must be a bad sign', () => {
  expect(errorSign(tally(0, 3), clean)).toContain('answered 3 of 0')
})

test('a version must not be blamed for errors that the one before it had too', () => {
  expect(errorSign(tally(100, 10), tally(1000, 100))).toBeUndefined()
  expect(errorSign(tally(100, 16), tally(1000, 100))).toContain('16 of 100')
})

test('a first version must be judged without one before it', () => {
  expect(errorSign(tally(10, 5), tally(0, 0))).toContain('5 of 10')
  expect(errorSign(tally(1000, 5), tally(0, 0))).toBeUndefined()
})
