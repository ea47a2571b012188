import { globSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../cli/io/wait.ts'
import { TestProject } from '../testing/test-project.ts'
import { Buildbot } from './buildbot.ts'
import { shortenTests } from './short-tests.ts'

// A CI server, from the distribution's packages and with the guide's own configuration, runs the pipeline for real.
const [SUCCESS, FAILURE, CANCELLED] = [0, 2, 6]
let project: TestProject
let server: Buildbot
const serving = async () => ((await (await fetch(`${project.url}/healthz`)).json()) as { version: string }).version

beforeAll(async () => {
  project = await TestProject.create({ own: true })
  shortenTests(project)
  await project.commit('1.1.0')
  // Long enough to be stopped in the middle of a deploy.
  server = await Buildbot.start(project, { ...project.environment(), BAKE_TIME: '12' })
})
afterAll(async () => await project[Symbol.asyncDispose]())

test('a job in a checkout of the server must build, test, tag and deploy, and keep the JUnit files', async () => {
  await server.force()
  const build = await server.ended(1)
  const output = await server.output(1)
  expect(build.results, output).toBe(SUCCESS)
  expect(await serving()).toBe('1.1.0')
  expect(output).toContain('ci passed: 1.1.0')
  // Plain logs: no colours, no cursor.
  expect(output).not.toContain('\x1b')
  const reports = globSync('master/reports/1/*', { cwd: server.folder }).map((file) => file.split('/').at(-1))
  expect(reports.toSorted()).toEqual(['junit-application.xml', 'junit-integration.xml', 'summary.md'])
  for (const suite of ['application', 'integration']) {
    const xml = (query: string) =>
      server.run('xmllint', '--xpath', query, join(server.folder, `master/reports/1/junit-${suite}.xml`))
    expect(Number(await xml('count(/testsuites/testsuite/testcase)'))).toBeGreaterThan(0)
    expect(await xml('count(/testsuites/testsuite/testcase) = sum(/testsuites/testsuite/@tests)')).toBe('true\n')
    expect(await xml('sum(/testsuites/testsuite/@failures)')).toBe('0\n')
  }
})

test('a commit that fails its test must fail the job, and the running version must keep serving', async () => {
  project.write('sample-app/tests/test_broken.py', 'def test_broken():\n    assert 1 == 2\n')
  await project.commit('1.2.0')
  const build = await server.ended(2)
  expect(build.results).toBe(FAILURE)
  expect(await server.output(2)).not.toContain('--- deploy')
  // What a server that shows only the tail of a log has to show.
  const tail = (await server.output(2, 'ci')).split('\n').slice(-8).join('\n')
  expect(tail).toMatch(/error: ci failed at test \(step 2 of 5\) of 1\.2\.0\n +next: make build test/)
  const failures = [
    'xmllint',
    '--xpath',
    'string(//testsuite/@failures)',
    join(server.folder, 'master/reports/2/junit-application.xml'),
  ]
  expect((await server.run(...failures)).trim()).toBe('1')
  expect(await serving()).toBe('1.1.0')
})

test('a job that is stopped in the middle of a deploy must leave a version that serves, and the next one must end well [fault 3]', async () => {
  rmSync(join(project.folder, 'sample-app/tests/test_broken.py'))
  await project.commit('1.3.0')
  const watched = async () => (await server.output(3, 'deploy')).includes('→ watch ')
  expect(await waitFor(watched, 240, () => setTimeout(300)), await server.output(3)).toBe(true)
  await server.stop(3)
  const stopped = await server.ended(3)
  expect(stopped.results, await server.output(3, 'deploy')).toBe(CANCELLED)
  expect(await serving()).toBe('1.1.0')
  await server.force()
  const next = await server.ended(4)
  expect(next.results, await server.output(4)).toBe(SUCCESS)
  expect(await serving()).toBe('1.3.0')
})
