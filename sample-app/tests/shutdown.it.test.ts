// Not reached by: src/journal/templates/**, tests/test_*.py
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { engine, Journal, request } from './support.ts'

// gunicorn's graceful_timeout, in milliseconds: a worker that hears nothing of the signal is killed then. How quick a stop is, a
// busy host decides.
const GRANTED = 20_000

test('SIGTERM must let the request in flight finish, and end in 0 soon after', async () => {
  await using journal = await new Journal().withEnvironment({ SLOW_ROUTES: '1' }).start()
  const container = (await engine()).getContainer(journal.getId())
  const answer = request(journal, '/slow?seconds=3')
  await setTimeout(1000)
  const stopping = performance.now()
  const ended = container.wait()
  await container.kill({ signal: 'SIGTERM' })
  expect(await (await answer).json()).toEqual({ slept: 3 })
  expect(await ended).toEqual({ StatusCode: 0 })
  expect(performance.now() - stopping).toBeLessThan(GRANTED)
})

test('SIGTERM with nothing in flight must end in 0 at once', async () => {
  await using journal = await new Journal().start()
  const container = (await engine()).getContainer(journal.getId())
  const stopping = performance.now()
  const ended = container.wait()
  await container.kill({ signal: 'SIGTERM' })
  expect(await ended).toEqual({ StatusCode: 0 })
  expect(performance.now() - stopping).toBeLessThan(GRANTED)
})
