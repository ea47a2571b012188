import { expect, test } from 'vitest'
import { renderRecording } from './recording.ts'

const erase = '\r\x1b[K'
const svg = renderRecording(
  [
    { ms: 1000, text: '⠋ wait' },
    { ms: 1050, text: `${erase}⠙ wait` },
    { ms: 1500, text: `${erase}⠹ wait for <it>` },
    { ms: 2000, text: `${erase}` },
    { ms: 2000, text: '\x1b[32m✓\x1b[0m done\n' },
    { ms: 4000, text: '12 requests, 0 failed\n' },
  ],
  'make demo',
)

test('each line must stand below the one before, from when it was written', () => {
  const texts = [...svg.matchAll(/y="(\d+)"[^>]*>(.*?)<\/text>/g)].map(([, y, text]) => [Number(y), text])
  expect(texts).toEqual([
    [30, '$ make demo'],
    [50, '<tspan class="g">✓</tspan> done'],
    [70, '12 requests, 0 failed'],
    [50, '⠋ wait'],
    [50, '⠹ wait for &#60;it&#62;'],
  ])
  // Of ten seconds: four that were recorded, and six in which the end stays.
  expect(svg).toContain('@keyframes k1{0%{opacity:0}20.00%{opacity:1}}')
  expect(svg).toContain('@keyframes k4{0%{opacity:0}15.00%{opacity:1}20.00%{opacity:0}}')
})

test('the animation must need no script and nothing from anywhere, and be short, however long the recording is', () => {
  expect(svg).not.toMatch(/<script|<image|href|url\(|@import/)
  const pieces = Array.from({ length: 10_000 }, (_, index) => ({ ms: index * 100, text: `${erase}${index} requests` }))
  const long = renderRecording(pieces, 'make demo')
  expect(long.length).toBeLessThan(100_000)
  expect(long).toContain('animation-duration:46.00s')
})
