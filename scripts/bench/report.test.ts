import { expect, test } from 'vitest'
import { chooseBench } from './report.ts'

test('an unknown SUITE must be refused with the suites', () => {
  expect(() => chooseBench('deploy')).toThrow('there are hops, gate, deploys, data, growth, swarm')
  expect(chooseBench(undefined)).toEqual(['hops', 'gate', 'deploys', 'data'])
})
