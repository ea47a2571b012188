import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isPlainFile, readPlainFile } from './plain-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'plain-'))
const at = (name: string) => join(folder, name)

test('a file and a link to one must be read, and a link to nothing be none', () => {
  writeFileSync(at('file'), 'text')
  symlinkSync('file', at('link'))
  symlinkSync('nothing', at('dangling'))
  expect([readPlainFile(at('file')), readPlainFile(at('link'))]).toEqual(['text', 'text'])
  expect([readPlainFile(at('dangling')), readPlainFile(at('none'))]).toEqual([undefined, undefined])
  expect(['file', 'link', 'dangling', 'none'].map((name) => isPlainFile(at(name)))).toEqual([true, true, false, false])
})

test.each([
  ['a folder', 'folder', () => mkdirSync(at('folder')), 'is no regular file'],
  ['a pipe', 'pipe', () => execFileSync('mkfifo', [at('pipe')]), 'is no regular file'],
  [
    'a file of gigabytes',
    'large',
    () => {
      writeFileSync(at('large'), '')
      truncateSync(at('large'), 5e9)
    },
    'is larger than 1 MB',
  ],
])('%s must be refused in one line, at once', (_, name, make, says) => {
  make()
  expect(() => readPlainFile(at(name))).toThrow(says)
  expect(isPlainFile(at(name))).toBe(name === 'large')
})
