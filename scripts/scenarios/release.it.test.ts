import { globSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec } from '../cli/io/exec.ts'
import { testInProof } from '../testing/proof.ts'
import { TestProject } from '../testing/test-project.ts'

let project: TestProject
let origin: string
const at = async (...args: string[]) =>
  (await exec(['git', '--git-dir', origin, ...args], { quiet: true })).stdout.trim()
/** HEAD, all tags, and files that differ: what a refused release must leave as it was. */
const state = async () => [
  await project.git('rev-parse', 'HEAD'),
  await project.git('tag', '--list'),
  await project.git('status', '--porcelain'),
]

async function change(message: string, file = 'sample-app/note.txt'): Promise<void> {
  project.write(file, message)
  await project.git('add', '--all')
  await project.git('commit', '--quiet', '--message', message)
}

beforeAll(async () => {
  project = await TestProject.create()
  origin = `${project.folder}-origin.git`
  await exec(['git', 'init', '--quiet', '--bare', '--initial-branch', 'main', origin], { quiet: true })
  await project.git('remote', 'add', 'origin', origin)
  await project.git('push', '--quiet', 'origin', 'main', 'v1.0.0')
  // The suites themselves run in `make check`; here a short one stands for them.
  for (const file of globSync('sample-app/tests/*', { cwd: project.folder }))
    if (!/(conftest|test_errors)\.py$|support\.ts$/.test(file)) rmSync(join(project.folder, file))
  await change(
    `import { expect, test } from 'vitest'\ntest('it must pass', () => expect(1).toBe(1))\n`,
    'sample-app/tests/passes.it.test.ts',
  )
})
afterAll(async () => {
  rmSync(origin, { recursive: true, force: true })
  await project[Symbol.asyncDispose]()
})

test('a release must be refused where git does not know who makes it, and change nothing', async () => {
  await change('fix: a first thing')
  const before = await state()
  const refused = await project.make('release', {
    BUMP: 'auto',
    GIT_AUTHOR_NAME: '',
    GIT_AUTHOR_EMAIL: 'athos@localhost',
  })
  expect(refused.exitCode).not.toBe(0)
  expect(refused.stderr).toContain('next: git config user.name')
  expect(await state()).toEqual(before)
  await project.git('config', 'user.name', '$(id) "Athos\' $HOME')
  await project.git('config', 'user.email', 'athos@localhost')
})

test('auto must turn commits into a changelog section, one commit and a tag, and push both or neither, and again without another version', async () => {
  await change('feat(page): a second thing')
  const [before, main] = [await project.git('rev-parse', 'HEAD'), await at('rev-parse', 'main')]
  // It would take the branch without the tag.
  const hook = join(origin, 'hooks/update')
  writeFileSync(hook, '#!/bin/sh\ncase $1 in refs/tags/*) exit 1 ;; esac\n', { mode: 0o755 })
  const refused = await project.make('release', { BUMP: 'auto', JSON: '1' })
  expect(refused.exitCode).not.toBe(0)
  expect(JSON.parse(refused.stdout)).toMatchObject({ outcome: 'not pushed', version: '1.1.0' })
  expect([await at('rev-parse', 'main'), await at('tag', '--list')]).toEqual([main, 'v1.0.0'])
  rmSync(hook)
  expect((await project.must('release', { BUMP: 'major' })).stdout).toBe('released: 1.1.0, pushed to origin\n')
  expect(await project.git('log', '--format=%s %an', `${before}..HEAD`)).toBe('Release 1.1.0 $(id) "Athos\' $HOME')
  expect(await project.git('diff', '--name-only', before, 'HEAD')).toBe('CHANGELOG.md')
  expect(await project.git('status', '--porcelain')).toBe('')
  expect(await project.git('show', 'HEAD:CHANGELOG.md')).toMatch(
    /## Unreleased\n\n## 1\.1\.0 - \d{4}-\d\d-\d\d\n\n- \S/,
  )
  expect(await at('rev-parse', 'main')).toBe(await project.git('rev-parse', 'HEAD'))
  expect(await at('cat-file', '-t', 'v1.1.0')).toBe('tag')
  expect(await at('tag', '--list', '--format=%(contents)', 'v1.1.0')).toMatch(/^Release 1\.1\.0\n\n- \S/)
})

test('a second release must say that there is nothing to do, and change nothing', async () => {
  const before = await state()
  expect((await project.must('release', { BUMP: 'minor' })).stdout).toContain('unchanged: HEAD is 1.1.0')
  expect(await state()).toEqual(before)
})

test('a dirty tree and a wrong BUMP must be refused, and change nothing', async () => {
  project.write('left-over', 'x')
  const before = await state()
  const dirty = await project.make('release', { BUMP: 'patch', JSON: '1' })
  expect(dirty.exitCode).not.toBe(0)
  expect(dirty.stderr).toContain('?? left-over')
  expect(JSON.parse(dirty.stdout)).toMatchObject({ outcome: 'refused' })
  expect((await project.make('release', { BUMP: '$(id)' })).stderr).toContain('BUMP="$(id)" is not a choice')
  expect(await state()).toEqual(before)
  rmSync(join(project.folder, 'left-over'))
})

testInProof('tests that fail must refuse the release, and change nothing', async () => {
  await change('def test_broken():\n    assert False\n', 'sample-app/tests/test_broken.py')
  const before = await state()
  const refused = await project.make('release', { BUMP: 'patch' })
  expect(refused.exitCode).not.toBe(0)
  expect(refused.stderr).toContain('HEAD does not pass make test: nothing was changed')
  expect(await state()).toEqual(before)
  rmSync(join(project.folder, 'sample-app/tests/test_broken.py'))
})

testInProof('a checkout that changes while it is tested must refuse the release', async () => {
  const writes = `import { writeFileSync } from 'node:fs'\nimport { test } from 'vitest'\ntest('x', () => writeFileSync('late', ''))\n`
  await change(writes, 'sample-app/tests/writes.it.test.ts')
  const before = await project.git('rev-parse', 'HEAD')
  const refused = await project.make('release', { BUMP: 'patch' })
  expect(refused.stderr).toContain('the checkout has changed while it was tested')
  expect(await project.git('rev-parse', 'HEAD')).toBe(before)
  expect(await project.git('status', '--porcelain')).toBe('?? late')
  for (const file of ['late', 'sample-app/tests/writes.it.test.ts']) rmSync(join(project.folder, file))
})

testInProof('a commit that a hook refuses must leave the files as they were', async () => {
  await change('fix: a third thing')
  const before = await state()
  const hook = join(project.folder, '.git/hooks/pre-commit')
  writeFileSync(hook, '#!/bin/sh\nexit 1\n', { mode: 0o755 })
  expect((await project.make('release', { BUMP: 'auto' })).exitCode).not.toBe(0)
  rmSync(hook)
  expect(await state()).toEqual(before)
})

testInProof('a release must be pushed at once where nothing is in the way', async () => {
  await change('fix: what is pushed at once')
  const { stdout } = await project.must('release', { BUMP: 'auto', JSON: '1' })
  expect(JSON.parse(stdout)).toMatchObject({ outcome: 'released', version: '1.1.1', bump: 'patch', pushed: true })
  expect(await at('rev-parse', 'main', 'v1.1.1^{commit}')).toBe(await project.git('rev-parse', 'HEAD', 'HEAD'))
})

testInProof(
  'without an origin it must say how to publish, and a commit whose tag is missing must be tagged and published',
  async () => {
    await project.git('remote', 'remove', 'origin')
    await change('feat!: a fourth thing')
    const { stdout } = await project.must('release', { BUMP: 'auto' })
    expect(stdout).toContain('released: 2.0.0 (major: 1 commit), not pushed: there is no remote named origin')
    expect(stdout).toContain('git push --atomic origin HEAD:refs/heads/main refs/tags/v2.0.0')
    const section = await project.git('tag', '--list', '--format=%(contents)', 'v2.0.0')
    expect(section).toBe('Release 2.0.0\n\n### Changed\n\n- **Breaking:** a fourth thing')
    // What a kill between the commit and the tag leaves.
    await project.git('tag', '--delete', 'v2.0.0')
    await project.git('remote', 'add', 'origin', origin)
    const commit = await project.git('rev-parse', 'HEAD')
    expect((await project.must('release', { BUMP: 'patch' })).stdout).toBe('released: 2.0.0, pushed to origin\n')
    expect(await at('rev-parse', 'main', 'v2.0.0^{commit}')).toBe(`${commit}\n${commit}`)
    expect(await at('tag', '--list', '--format=%(contents)', 'v2.0.0')).toBe(section)
  },
)

test('an origin that is ahead must refuse the release before anything is written', async () => {
  const clone = `${project.folder}-clone`
  try {
    await exec(['git', 'clone', '--quiet', origin, clone], { quiet: true })
    const who = ['-c', 'user.name=e2e', '-c', 'user.email=e2e@localhost']
    await exec(['git', '-C', clone, ...who, 'commit', '--quiet', '--allow-empty', '-m', 'fix: theirs'], { quiet: true })
    await exec(['git', '-C', clone, 'push', '--quiet', 'origin', 'main'], { quiet: true })
  } finally {
    rmSync(clone, { recursive: true, force: true })
  }
  await change('fix: ours')
  const before = await state()
  const refused = await project.make('release', { BUMP: 'auto' })
  expect(refused.stderr).toContain('next: git pull --rebase origin main')
  expect(await state()).toEqual(before)
})
