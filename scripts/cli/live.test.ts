import { expect, test } from 'vitest'
import { headline, renderEnded, renderLive, renderSeconds } from './live.ts'

const doing = { text: 'wait until 1.4.2 is ready', since: 0, waits: '', until: undefined }

test.each([
  ['what is done', {}, 500, 80, '⠴ wait until 1.4.2 is ready'],
  ['for how long', {}, 3200, 80, '⠹ wait until 1.4.2 is ready  3.2 s'],
  ['for how long at most', { until: 60_000 }, 3200, 80, '⠹ wait until 1.4.2 is ready  3.2 s of 60 s'],
  ['what it waits for', { waits: '1 of 2 healthy' }, 0, 80, '⠋ wait until 1.4.2 is ready: 1 of 2 healthy'],
  ['no more than fits', { waits: 'x'.repeat(99) }, 3200, 40, '⠹ wait until 1.4.2 is ready: xx…  3.2 s'],
  ['one line', { waits: 'a\nb' }, 0, 80, '⠋ wait until 1.4.2 is ready: a b'],
])('the living line must say %s', (_, over, now, columns, says) => {
  const line = renderLive({ ...doing, ...over }, now, columns)
  expect(line).toBe(says)
  expect([...line].length).toBeLessThan(columns)
})

test('a step that has ended must say how long it took', () => {
  expect(renderEnded(doing, 1234)).toBe('wait until 1.4.2 is ready  1.2 s')
})

test.each([
  [340, '0.3 s'],
  [9949, '9.9 s'],
  [9950, '10 s'],
  [119_400, '119 s'],
  [200_000, '3 min 20 s'],
])('%i ms must be said as %s', (ms, says) => expect(renderSeconds(ms)).toBe(says))

test.each([
  ['the step of a build', '#5 [build 6/8] COPY src/ .\n#5 CACHED\n\n', '[build 6/8] COPY src/ .'],
  ['the last line', 'one\ntwo\n', 'two'],
  ['nothing where nothing says anything', '\n----\n#1 DONE 0.0s\n', ''],
  ['no control characters', 'a\x1b[2Jb', 'a\\x1b[2Jb'],
])('of what a command prints the living line must show %s', (_, said, shown) => expect(headline(said)).toBe(shown))
