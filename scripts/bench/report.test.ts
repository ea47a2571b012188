import { expect, test } from 'vitest'
import { chooseBench, renderHops } from './report.ts'

test('an unknown SUITE must be refused with the suites', () => {
  expect(() => chooseBench('deploy')).toThrow('there are hops, gate, deploys, data, growth, swarm')
  expect(chooseBench(undefined)).toEqual(['hops', 'gate', 'deploys', 'data'])
})

test('the parts of the way to an answer must add up to the whole', () => {
  const hops = {
    status: 400,
    run: 200,
    build: 700,
    buildx: 250,
    read: 20,
    shell: 190,
    start: 120,
    statusInside: 160,
    buildInside: 380,
  }
  expect(renderHops(hops)).toMatch(/^make status +2\.00 ×\s+1\.15 ×$/m)
  const column = (index: number) =>
    (renderHops(hops).split('WHERE THE TIME GOES')[1] ?? '')
      .split('\n')
      .slice(1)
      .map((line) => {
        const times = [...line.matchAll(/(-?\d+) ms/g)]
        return Number(times[index]?.[1])
      })
  for (const [index, whole] of [400, 700].entries()) {
    const times = column(index)
    expect(Math.min(...times), 'no part takes less than nothing').toBeGreaterThan(0)
    expect(times.at(-1)).toBe(whole)
    expect(times.slice(0, -1).reduce((sum, ms) => sum + ms, 0)).toBe(whole)
  }
})
