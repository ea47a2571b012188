import { expect, test } from 'vitest'
import { downArgv } from './compose-argv.ts'

test('only a destroy without a trace may remove the volumes of containers, and it must: some have no name', () => {
  expect(downArgv('p')).not.toContain('--volumes')
  expect(downArgv('p', { volumes: true })).toContain('--volumes')
})
