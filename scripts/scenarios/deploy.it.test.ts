import { afterAll, beforeAll, expect, test } from 'vitest'
import { proxyIn } from '../proxy/io/runtime.ts'
import type { Status } from '../rollout/status-report.ts'
import { findLostOrDoubled, readLines, startTraffic } from '../testing/load.ts'
import { testInProof } from '../testing/proof.ts'
import { TestProject } from '../testing/test-project.ts'

let project: TestProject
const append = (line: string) => (text: string) => `${text}\n${line}\n`
const health = async () =>
  (await (await fetch(`${project.url}/healthz`)).json()) as { version: string; revision: string }
const status = async () => JSON.parse((await project.must('status', { JSON: '1' })).stdout) as Status

const planned = async (env: Record<string, string>) =>
  JSON.parse((await project.must('plan', { JSON: '1', ...env })).stdout) as {
    fingerprint: string
    steps: { do: string }[]
  }

beforeAll(async () => {
  project = await TestProject.create()
  await project.must('build tag deploy', { FORCE: 'untested' })
})
afterAll(async () => await project[Symbol.asyncDispose]())

test('a deploy must answer as the version and revision that git names', async () => {
  expect(await health()).toMatchObject({ version: '1.0.0', revision: await project.git('rev-parse', 'HEAD') })
})

test('deploying the running version again must change nothing and say so', async () => {
  const before = await status()
  expect((await project.must('deploy')).stdout).toContain('unchanged: 1.0.0')
  expect(await status()).toEqual(before)
})

test('a new version must replace the old one without a failed request or a lost line', async () => {
  await project.release('1.1.0', 'sample-app/src/journal/wsgi.py', append('# another version'))
  const traffic = startTraffic(project.url)
  await project.must('deploy')
  const seen = await traffic.stop()
  expect(seen.failures).toEqual([])
  expect(await health()).toMatchObject({ version: '1.1.0' })
  expect((await status()).containers.map(({ service, version }) => [service, version])).toEqual(
    expect.arrayContaining([['app', '1.1.0']]),
  )
  expect(seen.acknowledged.length).toBeGreaterThan(0)
  expect(await findLostOrDoubled(project.url, seen)).toEqual([])
})

test('a plan must say what deploy would do and change nothing, and deploy must refuse one that no longer holds', async () => {
  const before = await status()
  const older = { VERSION: '1.0.0', BAKE_TIME: '1' }
  const { fingerprint, steps } = await planned(older)
  expect(steps.map((step) => step.do)).toEqual([
    ...['start', 'ready', 'attach', 'await-route', 'switch', 'drain', 'bake', 'stop'],
  ])
  expect((await project.must('plan', older)).stdout).toMatch(
    /1\. start 1 × app 1\.0\.0\n +because 1\.1\.0 serves\n +traffic it gets no request yet/,
  )
  expect(await status()).toEqual(before)
  await project.must('deploy', { ...older, PLAN: fingerprint })
  expect((await project.must('plan', { VERSION: '1.0.0' })).stdout).toContain('nothing to do: 1.0.0 serves')
  const refused = await project.make('deploy', { ...older, VERSION: '1.1.0', PLAN: fingerprint })
  expect(refused.exitCode).not.toBe(0)
  expect(refused.stderr).toMatch(/PLAN="[0-9a-f]{10}" no longer holds/)
  expect(await health()).toMatchObject({ version: '1.0.0' })
})

test('history must list the releases, newest first', async () => {
  const entries = JSON.parse((await project.must('history', { JSON: '1' })).stdout) as {
    version: string
    outcome: string
  }[]
  expect(entries.slice(0, 3).map(({ version, outcome }) => [version, outcome])).toEqual([
    ['1.0.0', 'deployed'],
    ['1.1.0', 'deployed'],
    ['1.0.0', 'deployed'],
  ])
  expect((await project.must('history')).stdout).toMatch(
    /^ +WHEN +TARGET +VERSION +OUTCOME .*\n● +\d+s ago +deploy +1\.0\.0 +deployed/,
  )
})

test('VERSION must bring back a version that was tagged before, and refuse any other with the choices [fault 13]', async () => {
  await project.must('deploy', { VERSION: '1.0.0' })
  expect(await health()).toMatchObject({ version: '1.0.0' })
  const before = await status()
  const refused = await project.make('deploy', { VERSION: '9.9.9' })
  expect(refused.exitCode).not.toBe(0)
  expect(refused.stderr).toMatch(/VERSION="9\.9\.9" is not tagged .*: 1\.1\.0, 1\.0\.0$/m)
  expect(await status()).toEqual(before)
  expect(await health()).toMatchObject({ version: '1.0.0' })
})

testInProof('as many replicas as REPLICAS says must serve, after scaling up and after scaling down', async () => {
  await project.must('deploy', { VERSION: '1.0.0', REPLICAS: '3' })
  expect((await status()).containers.filter(({ serving }) => serving)).toHaveLength(3)
  const traffic = startTraffic(project.url)
  await project.must('deploy', { VERSION: '1.0.0', REPLICAS: '1' })
  expect((await traffic.stop()).failures).toEqual([])
  expect((await status()).containers.filter(({ serving }) => serving)).toHaveLength(1)
})

test('a slot left draining by a killed deploy must be given back [fault 34]', async () => {
  const proxy = proxyIn((await status()).containers.find(({ service }) => service === 'proxy')?.container ?? '')
  await proxy.drain((await proxy.readState()).servers)
  expect((await project.must('deploy', { VERSION: '1.0.0' })).stderr).toContain('left draining')
  expect((await proxy.readState()).servers.filter(({ draining }) => draining)).toEqual([])
})

testInProof('down must keep the data, and the next deploy must serve it', async () => {
  await fetch(`${project.url}/entries`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"text": "kept"}',
  })
  const lines = await readLines(project.url)
  expect(lines).toContain('kept')
  await project.must('down')
  await expect(fetch(project.url)).rejects.toThrow()
  await project.must('deploy', { VERSION: '1.0.0' })
  expect(await readLines(project.url)).toEqual(lines)
})
