import { afterAll, beforeAll, expect, test } from 'vitest'
import { readServers } from '../io/proxy.ts'
import type { Status } from '../status/report.ts'
import { findLostOrDoubled, startTraffic } from './traffic.ts'
import { World } from './world.ts'

let world: World
const status = async () => JSON.parse((await world.must('status', { JSON: '1' })).stdout) as Status

beforeAll(async () => {
  world = await World.create()
  await world.must('build tag', { FORCE: '1' })
  await world.release('1.1.0', 'sample-app/src/journal/wsgi.py', (text) => `${text}# another version\n`)
  await world.must('deploy', { VERSION: '1.0.0' })
})
afterAll(async () => await world[Symbol.asyncDispose]())

const steps = ['start', 'ready', 'join', 'serve', 'drain', 'stop']
const places = steps.flatMap((step, index) =>
  ['before', 'after'].map((when) => ({ step, when, place: `${index + 1}:${when}` })),
)

test.each(places)(
  'a deploy killed $when its step $step must drop nothing, and the next one must converge',
  async ({ place }) => {
    const from = (await status()).containers.find(({ service }) => service === 'app')?.version
    const VERSION = from === '1.0.0' ? '1.1.0' : '1.0.0'
    const traffic = startTraffic(world.url)
    const killed = await world.make('deploy', { VERSION, FAULT_AT: place })
    expect(killed.exitCode).not.toBe(0)
    expect(killed.stderr).toContain('Killed')
    expect((await world.must('status')).stdout).toMatch(
      /make deploy of \S+ by .* (was interrupted at|is going on since)/,
    )
    expect((await world.must('deploy', { VERSION, WAIT: '30' })).stderr).toContain('this run finishes or undoes it')
    const seen = await traffic.stop()
    expect(seen.failures).toEqual([])
    const after = await status()
    expect(after.outcome).toBe('serving')
    expect(
      after.containers.filter(({ service }) => service === 'app').map(({ version, serving }) => [version, serving]),
    ).toEqual([[VERSION, true]])
    const proxy = after.containers.find(({ service }) => service === 'proxy')?.container ?? ''
    expect(
      (await readServers(proxy)).filter(({ draining, up }) => draining || up).map(({ draining }) => draining),
    ).toEqual([false])
    expect(await findLostOrDoubled(world.url, seen)).toEqual([])
  },
)
