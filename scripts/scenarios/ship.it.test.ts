import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { exec } from '../cli/io/exec.ts'
import type { Tested } from '../test/report.ts'
import { testInProof } from '../testing/proof.ts'
import { TestProject } from '../testing/test-project.ts'
import { shortenTests } from './short-tests.ts'

let project: TestProject
beforeAll(async () => {
  project = await TestProject.create({ own: true })
  shortenTests(project)
  await project.commit('1.1.0')
})
afterAll(async () => await project[Symbol.asyncDispose]())

const build = async (folder = project.folder, env: Record<string, string> = {}) =>
  JSON.parse((await project.must('build', { JSON: '1', ...env }, folder)).stdout) as {
    outcome: string
    image: string
    version: string
  }

test('two clones in different folders must build the same image, one of them every layer anew', async () => {
  const clone = `${project.folder}-clone`
  onTestFinished(() => rmSync(clone, { recursive: true }))
  await exec(['git', 'clone', '--quiet', project.folder, clone], { quiet: true })
  await exec(['cp', join(project.folder, 'compose/images/lock.json'), join(clone, 'compose/images/')], { quiet: true })
  const [first, second] = [await build(), await build(clone, { NO_CACHE: '1' })]
  expect(second.image).toBe(first.image)
})

test('another PROJECT alone must give the same image another name', async () => {
  const twin = { PROJECT: `${project.name}-twin`, IMAGE_REPOSITORY: '' }
  const [own, other] = [await build(), await build(project.folder, twin)]
  expect(other.image).toBe(own.image)
  const { stdout } = await project.must('tag', { ...twin, FORCE: 'untested' })
  expect(stdout).toContain(`tagged: ${project.name}-twin:1.1.0`)
  expect((await project.must('clean', twin)).stdout).toContain('cleaned')
  await exec(['docker', 'image', 'rm', ...['1.1.0', '1.1', '1', 'latest'].map((tag) => `${project.name}-twin:${tag}`)])
})

test('a build that changes nothing must say so, and ask BuildKit nothing', async () => {
  await build()
  const { stdout, stderr } = await project.must('build', { JSON: '1' })
  expect(JSON.parse(stdout)).toMatchObject({ outcome: 'unchanged', version: '1.1.0' })
  expect(stderr).not.toContain('docker buildx build')
})

test('ship must tag the tested image with its version and deploy it in a few lines, whatever file appears meanwhile', async () => {
  const logged = 'set -o pipefail; make ship 2>&1 | { IFS= read -r _; tee ship.log; }'
  const quiet = { cwd: project.folder, env: { ...project.environment(), VERBOSE: '' }, quiet: true }
  const linesOf = (text: string) => text.trim().split('\n')
  await exec(['bash', '-c', logged], quiet)
  const log = readFileSync(join(project.folder, 'ship.log'), 'utf8')
  expect(linesOf(log).length, log).toBeLessThan(15)
  expect(log).toMatch(/\ndeployed: 1\.1\.0 at http\S+\n {2}took +\d/)
  rmSync(join(project.folder, 'ship.log'))
  const again = await exec(['make', 'ship'], quiet)
  expect(linesOf(again.stdout + again.stderr).length, again.stderr).toBeLessThanOrEqual(8)
  expect(readFileSync(join(project.folder, 'reports/last.log'), 'utf8')).toMatch(/^unchanged: 1\.1\.0, image /m)
  const { stdout } = await exec(['docker', 'image', 'ls', '--format', '{{.Tag}}', `e2e/${project.name}`], {
    quiet: true,
  })
  expect(stdout.split('\n')).toEqual(expect.arrayContaining(['1.1.0', '1.1', '1', 'latest']))
  expect((await project.must('test')).stdout).toContain('unchanged: 1.1.0 passed its tests')
  expect((await project.must('tag')).stdout).toContain('unchanged')
})

testInProof(
  'ship must leave out the tests that a change cannot reach, and say so; test must run them all',
  async () => {
    const template = 'sample-app/src/journal/templates/index.html'
    project.write(template, readFileSync(join(project.folder, template), 'utf8').replaceAll('Journal', 'Logbook'))
    await build()
    const tested = async (env: Record<string, string>) =>
      JSON.parse((await project.must('test', { JSON: '1', ...env })).stdout) as Tested
    const because = 'the change does not reach it: src/journal/templates/index.html'
    const leftOut = [{ path: 'tests/starts.it.test.ts', because }]
    expect(await tested({ DARTAGNAN_SHIP: '1' })).toMatchObject({ outcome: 'passed', leftOut })
    expect(await tested({ DARTAGNAN_SHIP: '1' })).toMatchObject({ outcome: 'unchanged', leftOut })
    const whole = await tested({})
    expect(whole).toMatchObject({ outcome: 'passed' })
    expect(whole).not.toHaveProperty('leftOut')
    const junit = readFileSync(join(project.folder, 'reports/junit-integration.xml'), 'utf8')
    expect(junit).toContain('starts.it.test.ts')
    await project.git('checkout', '--', template)
  },
)

test('a change must be refused by tag until it is tested, and a dirty tree must say so in its version', async () => {
  project.write('sample-app/src/journal/another.py', '"""Another file."""\n')
  const { version } = await build()
  expect(version).toMatch(/^1\.1\.1-dev\.0\.g[0-9a-f]{7}\.dirty\.t[0-9a-f]{7}$/)
  const refused = await project.make('tag')
  expect(refused.exitCode).not.toBe(0)
  expect(refused.stderr).toMatch(/has not passed its tests\n +next: make test tag/)
})

test('a version that already names another image must never move, not even by force', async () => {
  project.write('sample-app/src/journal/another.py', '"""Yet another."""\n')
  await project.git('add', '--all')
  await project.git('commit', '--quiet', '--message', 'Change')
  await project.git('tag', '--force', 'v1.1.0')
  await build()
  const refused = await project.make('tag', { FORCE: 'untested' })
  expect(refused.exitCode).not.toBe(0)
  expect(refused.stderr).toContain('a full version never moves')
})

testInProof('a test that fails must leave no evidence and print the log of the container concerned', async () => {
  // The application's own suite passes; the service that the integration tests start does not.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: sh's own
  const broken = '[ "${1:-}" != gunicorn ] || { echo "broken on purpose" >&2; exit 9; }'
  const entrypoint = join(project.folder, 'sample-app/entrypoint.sh')
  writeFileSync(entrypoint, readFileSync(entrypoint, 'utf8').replace('exec "$@"', `${broken}\nexec "$@"`))
  await project.commit('1.2.0')
  await build()
  const failed = await project.make('test')
  expect(failed.exitCode).not.toBe(0)
  expect(failed.stderr).toContain('7 passed')
  expect(failed.stderr).toMatch(/--- log of the container ---\n(.*\n)*?broken on purpose/)
  expect(failed.stderr).toContain('no evidence is kept')
  expect((await project.make('tag')).stderr).toContain('has not passed its tests')
})
