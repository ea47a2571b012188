import { expect, test } from 'vitest'
import { absentRemedy, downArgv } from './compose-argv.ts'

test('only a destroy without a trace may remove the volumes of containers, and it must: some have no name', () => {
  expect(downArgv('p')).not.toContain('--volumes')
  expect(downArgv('p', { volumes: true })).toContain('--volumes')
})

test('a volume that somebody else is to make must be named with the command for it, and nothing else', () => {
  const said = 'Network p_default  Created\nexternal volume "their.data" not found\n'
  expect(absentRemedy(said)).toMatch(/^docker volume create their\.data, then run the command again/)
  expect(absentRemedy('Error response from daemon: network 3f9c not found')).toBeUndefined()
})
