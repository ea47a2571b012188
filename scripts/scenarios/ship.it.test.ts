import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { exec } from '../cli/io/exec.ts'
import { TestProject } from '../testing/test-project.ts'
import { shortenTests } from './short-tests.ts'

let project: TestProject
beforeAll(async () => {
  project = await TestProject.create()
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

test('two clones in different folders must build the same image, every layer anew', async () => {
  const clone = `${project.folder}-clone`
  onTestFinished(() => rmSync(clone, { recursive: true }))
  await exec(['git', 'clone', '--quiet', project.folder, clone], { quiet: true })
  await exec(['cp', join(project.folder, 'compose/images/lock.json'), join(clone, 'compose/images/')], { quiet: true })
  const [first, second] = [await build(project.folder, { NO_CACHE: '1' }), await build(clone, { NO_CACHE: '1' })]
  expect(second.image).toBe(first.image)
})

test('a build that changes nothing must say so', async () => {
  await build()
  expect(await build()).toMatchObject({ outcome: 'unchanged', version: '1.1.0' })
})

test('ship must tag the tested image with its version and deploy it, whatever file appears meanwhile', async () => {
  const logged = 'set -o pipefail; make ship 2>&1 | { IFS= read -r _; tee ship.log; }'
  await exec(['bash', '-c', logged], { cwd: project.folder, env: project.environment(), quiet: true })
  rmSync(join(project.folder, 'ship.log'))
  const { stdout } = await exec(['docker', 'image', 'ls', '--format', '{{.Tag}}', `e2e/${project.name}`], {
    quiet: true,
  })
  expect(stdout.split('\n')).toEqual(expect.arrayContaining(['1.1.0', '1.1', '1', 'latest']))
  expect((await project.must('test')).stdout).toContain('unchanged: 1.1.0 passed its tests')
  expect((await project.must('tag')).stdout).toContain('unchanged')
})

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

test('a test that fails must leave no evidence and print the log of the container concerned', async () => {
  // The application's own suite passes; the service that the integration tests start does not.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: sh's own
  const broken = '[ "${1:-}" != gunicorn ] || { echo "broken on purpose" >&2; exit 9; }'
  const entrypoint = join(project.folder, 'sample-app/entrypoint.sh')
  writeFileSync(entrypoint, readFileSync(entrypoint, 'utf8').replace('exec "$@"', `${broken}\nexec "$@"`))
  await project.commit('1.2.0')
  await build()
  const failed = await project.make('test')
  expect(failed.exitCode).not.toBe(0)
  expect(failed.stdout).toContain('7 passed')
  expect(failed.stderr).toMatch(/--- log of the container ---\n(.*\n)*?broken on purpose/)
  expect(failed.stderr).toContain('no evidence is kept')
  expect((await project.make('tag')).stderr).toContain('has not passed its tests')
})
