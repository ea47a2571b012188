import { expect, test } from 'vitest'
import { parseDuration } from '../docker/compose-model.ts'
import { renderAge, renderBytes, renderTable } from './table.ts'

test('columns are as wide as their widest cell, and lines end without blanks', () => {
  expect(
    renderTable(
      ['A', 'LONG'],
      [
        ['wide', 'x'],
        ['y', ''],
      ],
    ),
  ).toBe('A      LONG\nwide   x\ny')
})

test.each([
  [0, '0s'],
  [59_999, '59s'],
  [60_000, '1m'],
  [7_200_000, '2h'],
  [172_800_000, '2d'],
  [-5, '0s'],
])('%d ms are %s', (ms, text) => {
  expect(renderAge(ms)).toBe(text)
})

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1500, '1.5 kB'],
  [322_000_000, '322 MB'],
  [2e15, '2000 TB'],
])('%d bytes are %s', (bytes, text) => {
  expect(renderBytes(bytes)).toBe(text)
})

test.each([
  ['30s', 30],
  ['1m30s', 90],
  ['1h', 3600],
  ['0.5s', 0.5],
  ['', undefined],
  ['30', undefined],
  [undefined, undefined],
])('%j is %j seconds', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds)
})
