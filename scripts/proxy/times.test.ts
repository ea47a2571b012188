import { expect, test } from 'vitest'
import { addTimes, parseTimes, quantilesOf, timesSince } from './times.ts'

// As HAProxy 3.0 prints it.
const ANSWER = `# table: times, type: string, size:10240, used:3
0x7f634e0b4010: key=app/3 use=0 exp=3599933 shard=0 gpc0=50 gpc0_rate(10000)=9
0x7f634df77810: key=app/1200 use=0 exp=3599926 shard=0 gpc0=1 gpc0_rate(10000)=0
0x7f634df77811: key=a-b/3 use=1 exp=3599926 shard=0 gpc0=49 gpc0_rate(10000)=1
`

test('times must be read for each service, of the last seconds or of all', () => {
  expect(parseTimes(ANSWER, 'last')).toEqual({
    app: new Map([
      [3, 9],
      [1200, 0],
    ]),
    'a-b': new Map([[3, 1]]),
  })
  expect(addTimes(parseTimes(ANSWER, 'all'))).toEqual(
    new Map([
      [3, 99],
      [1200, 1],
    ]),
  )
  expect(parseTimes('No such table\n', 'all')).toEqual({})
})

test('half of the requests must take no longer than p50, and all but a hundredth no longer than p99', () => {
  expect(quantilesOf(addTimes(parseTimes(ANSWER, 'all')))).toEqual({ p50: 3, p99: 3 })
  expect(
    quantilesOf(
      new Map([
        [30, 1],
        [2, 1],
        [9, 0],
      ]),
    ),
  ).toEqual({ p50: 2, p99: 30 })
  expect(quantilesOf(new Map([[30, 0]]))).toEqual({})
})

test('what was added must be counted, also by a proxy that has begun anew', () => {
  const then = new Map([
    [3, 10],
    [5, 4],
  ])
  expect(
    timesSince(
      new Map([
        [3, 12],
        [5, 1],
        [7, 2],
      ]),
      then,
    ),
  ).toEqual(
    new Map([
      [3, 2],
      [5, 1],
      [7, 2],
    ]),
  )
})
