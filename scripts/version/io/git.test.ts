import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { $ } from 'zx'
import { findTree, readRevision } from './git.ts'

const home = process.cwd()
const folder = mkdtempSync(join(tmpdir(), 'git-'))
// zx keeps the folder that it was loaded in, by whichever test that was.
const before = $.cwd
$.cwd = folder
process.chdir(folder)
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=e2e', '-c', 'user.email=e2e@localhost', ...args], { encoding: 'utf8' }).trim()

beforeAll(() => {
  git('init', '--quiet', '--initial-branch', 'main')
  mkdirSync('an app')
  writeFileSync('an app/file', 'a line')
  git('add', '--all')
  git('commit', '--quiet', '--message', 'committer nobody <> 1 +0000', '--date', '2000-01-01T00:00:00Z')
  git('tag', '--annotate', '--message', 'one', 'v1.0.0')
  git('commit', '--quiet', '--allow-empty', '--message', 'Second')
  git('merge', '--quiet', '--no-ff', '--no-edit', git('commit-tree', '-p', 'HEAD', '-m', 'Side', 'HEAD^{tree}'))
})
afterAll(() => {
  process.chdir(home)
  $.cwd = before as string
  rmSync(folder, { recursive: true })
})

test.each([
  ['v1.0.0', 'v1.0.0', 0],
  ['HEAD~1', 'v1.0.0', 1],
  ['HEAD', 'v1.0.0', 3],
])('%s must be read with its time and its distance from a tag', async (ref, tag, distance) => {
  const [commit, time] = git('log', '-1', '--format=%H %ct', ref).split(' ')
  expect(await readRevision(ref)).toEqual({ commit, committedAt: Number(time), tag, distance, dirtyTree: undefined })
})

test.each(['nope', 'HEAD~1..HEAD', 'HEAD\nHEAD', '--all', '', 'HEAD:an app/file'])(
  'REF=%j must be refused: it names no commit',
  async (ref) => {
    await expect(readRevision(ref)).rejects.toThrow('names no commit here')
  },
)

test('a folder of a commit must be found, and a file or nothing refused', async () => {
  const commit = git('rev-parse', 'HEAD')
  expect(await findTree(commit, 'an app')).toBe(git('rev-parse', 'HEAD:an app'))
  expect(await findTree(commit, '.')).toBe(git('rev-parse', 'HEAD^{tree}'))
  for (const other of ['an app/file', 'nope']) await expect(findTree(commit, other)).rejects.toThrow('is not a folder')
})
