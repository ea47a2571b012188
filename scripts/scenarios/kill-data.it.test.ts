import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Status } from '../rollout/status-report.ts'
import { findLostOrDoubled, startTraffic } from '../testing/load.ts'
import { casesOf, inProof, proving } from '../testing/proof.ts'
import { TestProject } from '../testing/test-project.ts'
import { findLeftovers, findLostInVolumes, type Kill, makeKilled, STEPS } from './kill-data.ts'

let project: TestProject
const json = async (target: string, env: Record<string, string> = {}) =>
  JSON.parse((await project.must(target, { JSON: '1', WAIT: '60', ...env })).stdout) as unknown
const versionOf = ({ containers }: Status) => containers.find(({ service }) => service === 'app')?.version ?? ''
const status = async () => (await json('status')) as Status

beforeAll(async () => {
  project = await TestProject.create({ own: true })
  await project.must('build tag deploy', { FORCE: 'untested' })
  // What a rollback with data goes back to.
  await project.must('backup')
  if (!proving) return
  await project.release('1.1.0', 'sample-app/src/journal/wsgi.py', (text) => `${text}# another version\n`)
  await project.must('deploy')
})
afterAll(async () => await project[Symbol.asyncDispose]())

/** Kills a target there under traffic; then `next` must converge, and nothing be lost or left. */
async function survive(target: string, env: Record<string, string>, kill: Kill, next: string): Promise<void> {
  const steps = target !== 'backup' ? STEPS.restore : hooked ? STEPS.copied : STEPS.paused
  const VERSION = versionOf(await status())
  const traffic = startTraffic(project.url)
  await makeKilled(project, target, steps, kill, env)
  const again = next === target ? env : next === 'deploy' ? { VERSION } : {}
  const told = await project.make(next, { WAIT: '60', ...again })
  // Of what a snapshot needs only the next one clears what is left; a guard may be at the rest.
  const after = await status()
  if (next !== target) expect(await json('backup')).toMatchObject({ outcome: 'backed up' })
  const seen = await traffic.stop()
  expect(told.exitCode, told.stderr).toBe(0)
  expect(after).toMatchObject({ outcome: 'serving' })
  expect(after.run).toBeUndefined()
  expect(seen.failures).toEqual([])
  expect(seen.acknowledged.length).toBeGreaterThan(10)
  expect(await findLeftovers(project)).toEqual([])
  expect(await findLostInVolumes(project, seen)).toEqual([])
  if (target === 'backup') expect(await findLostOrDoubled(project.url, seen)).toEqual([])
}
let hooked = true

const NEXT = ['', 'status', 'deploy']
// `make check` has a restore alone, which takes a snapshot on its way, and of its kills the one in the middle of the list: the process or the container, and each `next`.
const inTurn = (target: string, kills: readonly Kill[]) =>
  casesOf(
    kills.map((kill, index) => [...kill, NEXT[index % NEXT.length] || target, kill] as const),
    (_, index) => index === Math.floor(kills.length / 2),
  )

/** Defines a test for each of those kills of a target. */
function killEach(target: string, kills: readonly Kill[], env: Record<string, string> = {}, prepare = async () => {}) {
  test.each(inTurn(target, kills))(
    'killed at its step %s, %s it (the %s), must lose nothing, and make %s must converge',
    async (...[, , , next, kill]) => {
      await prepare()
      await survive(target, env, kill, next)
    },
  )
}

inProof(() =>
  describe('a backup by a hook [fault 48]', () => {
    killEach('backup', [
      ['copy', 'during', 'container'],
      ['snapshot', 'before', 'process'],
      ['snapshot', 'during', 'container'],
      ['verify', 'during', 'container'],
      ['verify', 'after', 'process'],
    ])
  }),
)

// A restore takes the same steps.
inProof(() =>
  describe('a rollback with data [fault 49]', () => {
    killEach(
      'rollback',
      [
        ['fill', 'during', 'container'],
        ['create', 'after', 'process'],
        ['halt', 'during', 'container'],
        ['start', 'before', 'process'],
        ['ready', 'during', 'container'],
        ['unhold', 'after', 'container'],
        ['bake', 'before', 'process'],
      ],
      { DATA: 'restore', VERSION: '1.0.0' },
      async () => {
        await project.must('deploy', { VERSION: '1.1.0' })
      },
    )
  }),
)

describe('a restore [fault 49] [fault 51]', () => {
  killEach('restore', [
    ['copy', 'during', 'container'],
    ['guard', 'after', 'process'],
    ['hold', 'before', 'container'],
    ['snapshot', 'during', 'container'],
    ['start', 'during', 'container'],
    ['await-route', 'after', 'process'],
    ['switch', 'after', 'container'],
    ['verify', 'during', 'container'],
    ['stop', 'after', 'process'],
  ])
})

inProof(() =>
  describe('a backup for which the writers pause [fault 48] [fault 52]', () => {
    beforeAll(async () => {
      await project.release('1.2.0', 'compose/app.yaml', (text) => text.replace(/^ +x-snapshot: .*\n/m, ''))
      await project.must('deploy')
      hooked = false
    })

    killEach('backup', [
      ['copy', 'after', 'process'],
      ['guard', 'before', 'process'],
      ['hold', 'after', 'container'],
      ['pause', 'after', 'process'],
      ['snapshot', 'during', 'container'],
      ['resume', 'before', 'process'],
      ['unhold', 'before', 'container'],
      ['verify', 'before', 'process'],
    ])
  }),
)
