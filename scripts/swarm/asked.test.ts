import { expect, test } from 'vitest'
import { asked, made } from './io/nodes.ts'

const failing = (...messages: string[]) => {
  let calls = 0
  return {
    ask: async () => {
      const message = messages[calls++]
      if (message !== undefined) throw new Error(message)
      return calls
    },
    calls: () => calls,
  }
}

test('what the swarm is asked must be asked again while its managers choose a leader', async () => {
  const election = failing(
    'rpc error: code = Unknown desc = The swarm does not have a leader.',
    'update out of sequence',
  )
  expect(await asked(election.ask)).toBe(3)
  const refused = failing('invalid name')
  await expect(asked(refused.ask)).rejects.toThrow('invalid name')
  expect(refused.calls()).toBe(1)
})

test('what a lost leader has made already must count as made', async () => {
  const twice = failing('code = Unavailable', 'config journal_a already exists')
  await made(twice.ask)
  expect(twice.calls()).toBe(2)
})
