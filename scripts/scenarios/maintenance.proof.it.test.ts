import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec } from '../cli/io/exec.ts'
import { waitFor } from '../cli/io/wait.ts'
import { listContainers } from '../docker/io/engine.ts'
import { servingProxy } from '../proxy/successor.ts'
import { startTraffic } from '../testing/load.ts'
import { TestProject } from '../testing/test-project.ts'

const PAGE = '<h1>Back at "noon"</h1>\n<p>100 $HOME \\ %[src] #1</p>\n'
let project: TestProject

beforeAll(async () => {
  project = await TestProject.create({ own: true })
  await project.must('build tag deploy', { FORCE: 'untested' })
  await project.release('1.1.0', 'sample-app/src/journal/wsgi.py', (code) => `${code}# another version\n`)
})
afterAll(async () => await project[Symbol.asyncDispose]())

const deploy = async (env: Record<string, string> = {}) => await project.must('deploy', { VERSION: '1.1.0', ...env })
const ask = async (path = '/healthz', init: RequestInit = {}) => {
  const answer = await fetch(project.url + path, init)
  return { status: answer.status, retry: answer.headers.get('retry-after'), text: await answer.text() }
}

test('maintenance must last over a deploy and a restart, answer with its page, and end without a dropped request', async () => {
  project.write('page.html', PAGE)
  const traffic = startTraffic(project.url)
  await project.must('maintenance', { ON: '1', MAINTENANCE_PAGE: 'page.html' })
  const page = { status: 503, retry: '60', text: PAGE }
  expect(await ask()).toEqual(page)
  expect((await project.must('status')).stdout).toMatch(/^maintenance since .*: all requests get its page$/m)
  // The deploy asks for the new version's health past the page.
  expect((await deploy()).stdout).toContain('deployed: 1.1.0')
  expect(await ask()).toEqual(page)
  expect((await deploy()).stdout).toContain('unchanged: 1.1.0')
  const seen = await traffic.stop()
  expect(seen.failures.filter((failure) => !failure.includes('answered 503 '))).toEqual([])
  const proxy = servingProxy(await listContainers(project.name))
  await exec(['docker', 'restart', '--time', '1', proxy?.id ?? ''], { quiet: true })
  expect(await waitFor(async () => (await ask().catch(() => undefined))?.text === PAGE, 10)).toBe(true)
  await sleep(1000)
  await project.must('maintenance', { ON: '0' })
  const after = startTraffic(project.url)
  expect(JSON.parse((await ask()).text)).toMatchObject({ version: '1.1.0' })
  expect((await project.must('status')).stdout).not.toContain('maintenance')
  expect((await deploy()).stdout).toContain('unchanged: 1.1.0')
  expect((await after.stop()).failures).toEqual([])
})

test('with HOLD, requests must wait for the end, and be answered then by the application', async () => {
  await project.must('maintenance', { ON: '1', HOLD: '1' })
  const waiting = ask()
  await sleep(1500)
  await project.must('maintenance', { ON: '0' })
  expect((await waiting).status).toBe(200)
  await project.must('maintenance', { ON: '1', HOLD: '1', HOLD_TIMEOUT: '2' })
  expect((await ask()).status).toBe(503)
  await project.must('maintenance', { ON: '0' })
})

test('pages of ones own must answer for the proxy, and one that cannot be must be refused', async () => {
  project.write('pages/413.html', PAGE)
  await deploy({ MAX_BODY: '1k', ERROR_PAGES: 'pages' })
  const large = await ask('/entries', { method: 'POST', body: 'a'.repeat(2000) })
  expect(large).toMatchObject({ status: 413, text: PAGE })
  project.write('pages/404.html', PAGE)
  const refused = await project.make('deploy', { VERSION: '1.1.0', ERROR_PAGES: 'pages' })
  expect(refused.stderr).toContain('pages/404.html is no page for an answer of the proxy')
})

test('whoever asks too often must get 429, and headers that take too long 408', async () => {
  await deploy({ MAX_RATE: '30' })
  const statuses: number[] = []
  for (let count = 0; count < 35; count++) statuses.push((await ask()).status)
  expect(statuses.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => 200))
  expect(statuses.slice(30)).toEqual(Array.from({ length: 5 }, () => 429))
  expect((await ask()).retry).toBe('10')
  const slow = connect(project.port, '127.0.0.1')
  await once(slow, 'connect')
  slow.write('GET / HTTP/1.1\r\n')
  const drip = setInterval(() => slow.write('x-a: b\r\n'), 1000)
  slow.once('end', () => clearInterval(drip)).on('error', () => clearInterval(drip))
  expect(await text(slow)).toMatch(/^HTTP\/1\.1 408 /)
  // The rate is one over the last ten seconds.
  const again = await waitFor(
    async () => (await ask()).status === 200,
    25,
    () => sleep(2000),
  )
  expect(again).toBe(true)
})
