import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { $ } from 'zx'
import { readConfig } from '../../config/io/read.ts'
import { observe } from './observe.ts'

const home = process.cwd()
const folder = mkdtempSync(join(tmpdir(), 'observe-'))
// zx keeps the folder that it was loaded in, by whichever test that was.
const before = $.cwd
$.cwd = folder
process.chdir(folder)
afterAll(() => {
  process.chdir(home)
  $.cwd = before as string
  rmSync(folder, { recursive: true })
})

async function read(files: Readonly<Record<string, string>>) {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join('shop', file)), { recursive: true })
    writeFileSync(join('shop', file), text)
  }
  execFileSync('git', ['init', '--quiet'])
  execFileSync('git', ['add', '--all'])
  return await look()
}

async function look() {
  vi.stubEnv('APP_DIR', 'shop')
  const found = await observe(await readConfig())
  vi.unstubAllEnvs()
  return found
}

test('a Dockerfile that a Compose file names must be read, whatever it and its folder are called, and a bundle beside it must not', async () => {
  const builds =
    'a: {build: {context: ., dockerfile: build/Dockerfile.a}}, b: {build: {context: ., dockerfile: _Dockerfile}}'
  const files = {
    'build/Dockerfile.a': '# a',
    _Dockerfile: '# b',
    'build/main.js': '',
    'compose.yaml': `services: {${builds}}`,
  }
  expect(await read(files)).toMatchObject({
    sources: { 'build/Dockerfile.a': '# a', _Dockerfile: '# b' },
    files: expect.not.arrayContaining(['build/main.js']),
  })
})

test('what builds and runs an application must be read in a folder called build that git keeps, and what a build has made must not', async () => {
  rmSync('shop', { recursive: true })
  const compose = 'services: {a: {image: a}}'
  const { compose: project, files } = await read({
    'build/docker-compose.yml': compose,
    ...{ 'build/Dockerfile': '# c', 'build/page.js': '', '.docker/docker-compose.dev.yml': compose },
  })
  expect(project).toMatchObject({
    file: 'shop/build/docker-compose.yml',
    others: ['shop/.docker/docker-compose.dev.yml'],
  })
  expect([files.includes('build/Dockerfile'), files.includes('build/page.js')]).toEqual([true, false])
})

test('a mounted folder that has nothing but what keeps it in git must be told from one with data, also with what git ignores', async () => {
  rmSync('shop', { recursive: true })
  const volumes = '[./none/a:/none, ./some:/some, ./no:/no]'
  const { bare } = await read({
    'compose.yaml': `services: {a: {image: a, volumes: ${volumes}}}`,
    ...{ 'none/.gitkeep': '', 'none/a/b/.gitignore': '*', 'some/.gitignore': '*', 'some/b/.data': '' },
  })
  expect(bare).toEqual([join(process.cwd(), 'shop/none/a')])
})

test('of more files than are looked at, packages that git keeps must be the first that are left out', async () => {
  await read({ 'z/package.json': '{}' })
  const blob = execFileSync('git', ['hash-object', '-w', '--stdin'], { input: '', encoding: 'utf8' }).trim()
  const packages = Array.from({ length: 20_000 }, (_, i) => `100644 ${blob}\tshop/a/node_modules/${i}\n`)
  execFileSync('git', ['update-index', '--index-info'], { input: packages.join('') })
  const { tracked } = await look()
  expect(tracked).toContain('shop/z/package.json')
  expect(tracked).toHaveLength(20_000)
})

test('what every user may write to must be known, but where all of the checkout is open', async () => {
  rmSync('shop', { recursive: true })
  const files = { 'img/a.png': '', 'img/b/c.png': '', 'a.js': '', Dockerfile: 'FROM node\n' }
  await read({ ...files, 'compose.yaml': 'services: {a: {build: .}}' })
  chmodSync('shop/img', 0o777)
  chmodSync('shop/a.js', 0o666)
  symlinkSync('img', 'shop/link')
  const root = process.cwd()
  expect((await look()).open).toEqual({ [join(root, 'shop/img')]: 'folder', [join(root, 'shop/a.js')]: 'file' })
  chmodSync('.', 0o777)
  expect((await look()).open).toEqual({})
})

test('a file of variables that leads to nowhere must not be read', async () => {
  rmSync('shop', { recursive: true })
  await read({ 'a.js': '', '.env.example': '' })
  symlinkSync('/nowhere/.env', 'shop/.env')
  expect((await look()).envFiles).toEqual(['.env.example'])
})
