import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

test('a repository inside of the project must cause no hints of git', () => {
  const folder = mkdtempSync(join(tmpdir(), 'revision-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const run = (cwd: string, ...argv: [string, ...string[]]) =>
    spawnSync(argv[0], argv.slice(1), { cwd, encoding: 'utf8' })
  const inner = join(folder, '.dartagnan')
  run(folder, 'git', 'init', '--quiet')
  run(folder, 'git', 'init', '--quiet', inner)
  for (const where of [inner, folder]) {
    writeFileSync(join(where, 'file'), 'a line')
    run(where, 'git', 'add', 'file')
    run(
      where,
      'git',
      '-c',
      'user.name=e2e',
      '-c',
      'user.email=e2e@localhost',
      'commit',
      '--quiet',
      '--message',
      'First',
    )
  }
  const { stdout, stderr, status } = run(folder, 'sh', resolve('scripts/setup/revision.sh'))
  expect(stderr).toBe('')
  expect(status).toBe(0)
  expect(stdout).toMatch(/^[0-9a-f]{40} [0-9a-f]{40}\n$/)
})

test('the commit must come with a tree where files differ, and alone where none does', () => {
  const folder = mkdtempSync(join(tmpdir(), 'revision-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const run = (...argv: [string, ...string[]]) =>
    spawnSync(argv[0], argv.slice(1), { cwd: folder, encoding: 'utf8' }).stdout.trim()
  const read = () => run('sh', resolve('scripts/setup/revision.sh'))
  run('git', 'init', '--quiet')
  writeFileSync(join(folder, '# file'), 'a line')
  expect(read()).toBe('')
  run('git', 'add', '--all')
  run('git', '-c', 'user.name=e2e', '-c', 'user.email=e2e@localhost', 'commit', '--quiet', '--message', 'First')
  const commit = run('git', 'rev-parse', 'HEAD')
  expect(read()).toBe(commit)
  writeFileSync(join(folder, '# file'), 'another line')
  expect(read()).toMatch(new RegExp(`^${commit} [0-9a-f]{40}$`))
  run('git', 'checkout', '--quiet', '.')
  writeFileSync(join(folder, 'new'), '')
  expect(read()).toMatch(new RegExp(`^${commit} [0-9a-f]{40}$`))
})

// The image got it all the same, with the secrets that init had just written there.
test.each(['.', 'in a folder'])('what was taken out of git and is ignored must not be in the tree: in %s', (inside) => {
  const folder = mkdtempSync(join(tmpdir(), 'revision-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const cwd = join(folder, inside)
  const run = (...argv: [string, ...string[]]) =>
    spawnSync(argv[0], argv.slice(1), { cwd, encoding: 'utf8' }).stdout.trim()
  mkdirSync(cwd, { recursive: true })
  spawnSync('git', ['init', '--quiet'], { cwd: folder })
  for (const name of ['.env', 'kept', "it's"]) writeFileSync(join(cwd, name), name)
  run('git', 'add', '--all')
  run('git', '-c', 'user.name=e2e', '-c', 'user.email=e2e@localhost', 'commit', '--quiet', '--message', 'First')
  const filesOf = () => {
    const [, tree = ''] = run('sh', resolve('scripts/setup/revision.sh')).split(' ')
    const all = run('git', 'ls-tree', '-r', '-z', '--name-only', '--full-tree', tree)
    return all.split('\0').flatMap((path) => (path ? relative(inside, path) : []))
  }
  writeFileSync(join(cwd, '.gitignore'), '.env\n')
  expect(filesOf()).toEqual(['.env', '.gitignore', "it's", 'kept'])
  // What nothing ignores comes back: it is untracked now. git may take a new file for the same one with another name.
  writeFileSync(join(cwd, 'new'), '.env')
  run('git', 'add', 'new')
  run('git', 'rm', '--quiet', '--cached', '.env', 'kept')
  expect(filesOf()).toEqual(['.gitignore', "it's", 'kept', 'new'])
})
