import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tryExec } from '../cli/io/exec.ts'
import { observe } from '../rollout/io/observe.ts'
import type { Status } from '../rollout/status-report.ts'
import { findLostOrDoubled, startTraffic } from '../testing/load.ts'
import { casesOf } from '../testing/proof.ts'
import { TestProject } from '../testing/test-project.ts'

const STEPS = {
  overlap: ['start', 'ready', 'attach', 'await-route', 'switch', 'drain', 'bake', 'stop'],
  exclusive: ['guard', 'create', 'hold', 'halt', 'start', 'ready', 'await-route', 'switch', 'unhold', 'bake', 'stop'],
}
// The kills of `make check`: the process between two steps, and the container in the middle of one; what comes next takes
// its turn. `make proof` has every step.
const KEPT: Readonly<Record<keyof typeof STEPS, readonly string[]>> = {
  overlap: ['1:during', '6:before'],
  exclusive: ['4:during'],
}
// What the engine is still at when the container that asked it to is gone.
const LONG = ['create', 'halt', 'start', 'ready', 'stop']
// What finishes or undoes it: each in its turn.
const NEXT = ['deploy', 'status', 'rollback'] as const

let project: TestProject
const status = async () => JSON.parse((await project.must('status', { JSON: '1', WAIT: '60' })).stdout) as Status
const versionOf = ({ containers }: Status) => [
  ...new Set(containers.filter(({ service }) => service === 'app').map(({ version }) => version)),
]

/** The deploy kills itself there, or the container that it runs in: then it has to be one of its own. */
const killedAt = async (place: string, what: string, VERSION: string) => {
  const settings = { VERSION, BAKE_TIME: '1' }
  if (what === 'process') return await project.make('deploy', { ...settings, FAULT_AT: place })
  const env = { ...project.environment(), ...settings, FAULT_AT: `${place}:container` }
  return await tryExec(['make', 'deploy'], { cwd: project.folder, quiet: true, env })
}

beforeAll(async () => {
  project = await TestProject.create({ own: true })
  await project.buildTwo()
})
afterAll(async () => await project[Symbol.asyncDispose]())

// Kills at each edge of the steps and in the middle of them. The end of a step and the beginning of the next are one state of
// the project: the container dies at the one, the process at the other.
describe.each(['overlap', 'exclusive'] as const)('%s', (rollout) => {
  beforeAll(async () => {
    project.write('.env', `APP_ROLLOUT=${rollout}\n`)
    await project.must('deploy', { VERSION: '1.1.0' })
  })

  const places = STEPS[rollout].flatMap((step, index) => {
    const at = (when: string, what: string) => ({ what, when, step, place: `${index + 1}:${when}` })
    const during = LONG.includes(step) ? [at('during', 'container')] : []
    return [at('before', 'process'), ...during, at('after', 'container')]
  })
  const kept = casesOf(places, ({ place }) => KEPT[rollout].includes(place))
  test.each(kept.map((place, index) => ({ ...place, next: NEXT[index % NEXT.length] ?? 'deploy' })))(
    'a deploy whose $what is killed $when its step $step must drop nothing, and make $next must converge [fault 1]',
    async ({ what, place, next }) => {
      const [from = ''] = versionOf(await status())
      const VERSION = from === '1.0.0' ? '1.1.0' : '1.0.0'
      const traffic = startTraffic(project.url)
      const killed = await killedAt(place, what, VERSION)
      const told = await project.make(next, { WAIT: '60', ...(next === 'deploy' ? { VERSION } : {}) })
      const after = await status()
      const seen = await traffic.stop()
      expect(killed.exitCode).not.toBe(0)
      // What is killed says nothing any more: an error would be another end than the one that this is about.
      expect(killed.stderr).not.toMatch(/^error: /m)
      expect(told.exitCode, told.stderr).toBe(0)
      // The guard of an exclusive one may have been quicker: then the history says it.
      expect(`${told.stderr}${told.stdout}`).toMatch(
        /was interrupted at|abandoned|killed in step|^(deployed|unchanged): |^rolled back to /m,
      )
      expect(seen.failures).toEqual([])
      expect(await findLostOrDoubled(project.url, seen)).toEqual([])
      expect(after).toMatchObject({ outcome: 'serving' })
      expect(after.run).toBeUndefined()
      // What serves already is finished, not undone. Of an exclusive one the guard may have decided before.
      const isSwitched = rollout === 'overlap' && Number.parseInt(place, 10) > STEPS.overlap.indexOf('switch') + 1
      const wanted = { deploy: [VERSION], rollback: [from], status: isSwitched ? [VERSION] : [VERSION, from] }[next]
      expect(versionOf(after)).toHaveLength(1)
      expect(wanted).toContain(versionOf(after)[0])
      const { containers, proxy } = await observe(project.name)
      expect(containers.map(({ service }) => service).sort()).toEqual(['app', 'proxy'])
      expect(proxy?.held).toEqual([])
      expect(proxy?.servers.filter(({ draining }) => draining)).toEqual([])
    },
  )
})
