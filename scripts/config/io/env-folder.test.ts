import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { refuseEnvFolder } from './env-folder.ts'

const nextFor = async (files: Readonly<Record<string, string>>) => {
  const root = mkdtempSync(join(tmpdir(), 'env-folder-'))
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
  for (const args of [
    ['init', '--quiet'],
    ['add', '--all'],
  ])
    execFileSync('git', ['-C', root, ...args])
  return await refuseEnvFolder(root).then(
    () => undefined,
    (error) => error.next,
  )
}

test('a folder named .env must be led to another name, with each line that names it', async () => {
  const compose = 'services:\n  web:\n    env_file: ./.env/.dev\n'
  expect(await nextFor({ 'compose.yaml': compose, '.env': 'A=1\n' })).toBeUndefined()
  expect(await nextFor({ 'compose.yaml': compose, '.env/.dev': '', '.gitignore': '.env/local\nold.env/\n' })).toBe(
    'git mv .env env, then write env/ for .env/ in .gitignore:1, compose.yaml:3, and run the command again',
  )
  expect(await nextFor({ '.env/a': '', 'env/b': '', '.gitignore': '.env\n' })).toBe(
    "mv .env env-files && printf '\\n%s\\n' /env-files/ >> .gitignore, and run the command again",
  )
})
