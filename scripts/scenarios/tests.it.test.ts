import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec } from '../cli/io/exec.ts'
import { waitFor } from '../cli/io/wait.ts'
import { PROJECT_LABEL, TEST_LABEL } from '../docker/labels.ts'
import { TestProject } from '../testing/test-project.ts'
import { removeTests } from './short-tests.ts'

// Two projects on one engine, each with the lock of its own tests: none around them has it.
const ALONE = { DARTAGNAN_CHECK: '' }
let one: TestProject
let other: TestProject
const containers = async ({ name }: TestProject) => {
  const filters = ['--filter', `label=${TEST_LABEL}`, '--filter', `label=${PROJECT_LABEL}=${name}`]
  return (await exec(['docker', 'ps', '--all', '--quiet', ...filters], { quiet: true })).stdout.trim()
}

/** A project whose only test is that one. */
async function create(line: string): Promise<TestProject> {
  const project = await TestProject.create()
  removeTests(project)
  project.write('sample-app/tests/test_one.py', `import time\n\n\ndef test_one():\n    ${line}\n`)
  await project.commit('1.1.0')
  await project.must('build')
  return project
}

beforeAll(async () => {
  one = await create('time.sleep(900)')
  other = await create('assert True')
})
afterAll(async () => {
  await one[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()
})

test('two projects must test at the same time; a second run of one must be told what it waits for', async () => {
  const env = { ...process.env, ...one.environment(), ...ALONE }
  const testing = spawn('make', ['_test'], { cwd: one.folder, env, detached: true, stdio: 'ignore' })
  expect(await waitFor(async () => (await containers(one)) !== '', 120)).toBe(true)
  expect((await other.make('test', ALONE)).exitCode).toBe(0)
  const { stderr, exitCode } = await one.make('test', ALONE)
  expect(exitCode).not.toBe(0)
  expect(stderr).toMatch(new RegExp(`test cannot start: make test of .* holds the tests of ${one.name} since`))
  expect((await one.make('clean', ALONE)).stderr).toContain(`clean cannot start: make test of`)
  // Killed, with all that it has started.
  process.kill(-(testing.pid ?? 0), 'SIGKILL')
  await once(testing, 'close')
  expect(await containers(one)).not.toBe('')
  await one.must('status', ALONE)
  expect(await containers(one)).toBe('')
})
