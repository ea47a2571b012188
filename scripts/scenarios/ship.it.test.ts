import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { exec } from '../cli/io/exec.ts'
import { World } from '../testing/test-project.ts'
import { shortenTests } from './short-tests.ts'

let world: World
beforeAll(async () => {
  world = await World.create()
  shortenTests(world)
  await world.commit('1.1.0')
})
afterAll(async () => await world[Symbol.asyncDispose]())

const build = async (folder = world.folder, env: Record<string, string> = {}) =>
  JSON.parse((await world.must('build', { JSON: '1', ...env }, folder)).stdout) as {
    outcome: string
    image: string
    version: string
  }

test('two clones in different folders must build the same image, every layer anew', async () => {
  const clone = `${world.folder}-clone`
  onTestFinished(() => rmSync(clone, { recursive: true }))
  await exec(['git', 'clone', '--quiet', world.folder, clone], { quiet: true })
  await exec(['cp', join(world.folder, 'compose/images/lock.json'), join(clone, 'compose/images/')], { quiet: true })
  const [first, second] = [await build(world.folder, { NO_CACHE: '1' }), await build(clone, { NO_CACHE: '1' })]
  expect(second.image).toBe(first.image)
})

test('a build that changes nothing must say so', async () => {
  await build()
  expect(await build()).toMatchObject({ outcome: 'unchanged', version: '1.1.0' })
})

test('a tested image must be tagged as what its version names, and deployed', async () => {
  await world.must('build test tag deploy')
  const { stdout } = await exec(['docker', 'image', 'ls', '--format', '{{.Tag}}', `e2e/${world.project}`], {
    quiet: true,
  })
  expect(stdout.split('\n')).toEqual(expect.arrayContaining(['1.1.0', '1.1', '1', 'latest']))
  expect((await world.must('test')).stdout).toContain('unchanged: 1.1.0 passed its tests')
  expect((await world.must('tag')).stdout).toContain('unchanged')
})

test('a change must be refused by tag until it is tested, and a dirty tree must say so in its version', async () => {
  world.write('sample-app/src/journal/another.py', '"""Another file."""\n')
  const { version } = await build()
  expect(version).toMatch(/^1\.1\.1-dev\.0\.g[0-9a-f]{7}\.dirty\.t[0-9a-f]{7}$/)
  const refused = await world.make('tag')
  expect(refused.exitCode).not.toBe(0)
  expect(refused.stderr).toMatch(/has not passed its tests\n +next: make test tag/)
})

test('a version that names another image already must never move, not even by force', async () => {
  world.write('sample-app/src/journal/another.py', '"""Yet another."""\n')
  await world.git('add', '--all')
  await world.git('commit', '--quiet', '--message', 'Change')
  await world.git('tag', '--force', 'v1.1.0')
  await build()
  const refused = await world.make('tag', { FORCE: 'untested' })
  expect(refused.exitCode).not.toBe(0)
  expect(refused.stderr).toContain('a full version never moves')
})

test('a test that fails must leave no evidence and print the log of the container concerned', async () => {
  // The application's own suite passes; the service that the integration tests start does not.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: sh's own
  const broken = '[ "${1:-}" != gunicorn ] || { echo "broken on purpose" >&2; exit 9; }'
  const entrypoint = join(world.folder, 'sample-app/entrypoint.sh')
  writeFileSync(entrypoint, readFileSync(entrypoint, 'utf8').replace('exec "$@"', `${broken}\nexec "$@"`))
  await world.commit('1.2.0')
  await build()
  const failed = await world.make('test')
  expect(failed.exitCode).not.toBe(0)
  expect(failed.stdout).toContain('7 passed')
  expect(failed.stderr).toMatch(/--- log of the container ---\n(.*\n)*?broken on purpose/)
  expect(failed.stderr).toContain('no evidence is kept')
  expect((await world.make('tag')).stderr).toContain('has not passed its tests')
})
