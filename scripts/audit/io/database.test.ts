import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { digest } from '../../cli/digest.ts'
import { Failure } from '../../cli/failure.ts'
import { openDatabase } from './database.ts'

const ZIP = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as archive:
  for name, text, times in eval(sys.argv[2]): archive.writestr(name, text * times)
`
let place: string
let folder: string
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'osv-'))
  folder = join(place, 'PyPI')
})
beforeEach(() => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
})
afterAll(() => rmSync(place, { recursive: true }))

const zip = (...files: [name: string, text: string, times?: number][]) =>
  execFileSync('python3', ['-c', ZIP, join(folder, 'all.zip'), JSON.stringify(files.map(([a, b, c = 1]) => [a, b, c]))])
function cut(): Buffer {
  zip(['a.json', '{}'])
  return readFileSync(join(folder, 'all.zip')).subarray(0, 40)
}
async function ids(from = place): Promise<string[]> {
  const all: string[] = []
  for await (const { id } of await openDatabase(from, 'PyPI')) all.push(id)
  return all
}

test('records must be read from the archive that OSV publishes, or from single files', async () => {
  expect(await ids()).toEqual([])
  writeFileSync(join(folder, 'b.json'), '{"id": "B"}')
  writeFileSync(join(folder, 'a.json'), '{"id": "A", "details": "…"}')
  expect(await ids()).toEqual(['A', 'B'])
  zip(['X-1.json', '{"id": "X-1"}'], ['read.me', 'no record'], ['X-2.json', '{"id": "X-2"}'])
  expect(await ids()).toEqual(['X-1', 'X-2'])
})

test.each([
  ['no archive', () => writeFileSync(join(folder, 'all.zip'), 'PK'), 'all.zip: '],
  ['an archive that was cut', () => writeFileSync(join(folder, 'all.zip'), cut()), 'all.zip: '],
  ['a record that unpacks to 30 MB', () => zip(['a.json', '0', 30_000_000]), 'all.zip: a.json: '],
  ['lists in lists', () => zip(['a.json', '[', 15_000_000]), 'a.json: is no record'],
  ['objects in objects', () => zip(['a.json', '{"id":"a","affected":'.repeat(9), 90_000]), 'a.json: is no record'],
  ['no JSON', () => zip(['a.json', 'x']), 'a.json: is no record'],
  ['wrong types', () => zip(['a.json', '{"id": 1}']), 'a.json: is no record'],
  [
    'an endless file',
    () => writeFileSync(join(folder, 'a.json'), '['.repeat(30_000_000)),
    'a.json: is no regular file',
  ],
])('%s must end in one line', async (_, make, says) => {
  make()
  const error = await ids().catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(Failure)
  expect((error as Failure).message).toContain(says)
  expect((error as Failure).message).not.toContain('\n')
})

test('a URL must be loaded once, asked for changes, and do without an answer once it is here', async () => {
  const asked: number[] = []
  const server = createServer(async (request, response) => {
    const fresh = request.headers['if-modified-since'] !== undefined
    response.statusCode = request.url !== '/osv/PyPI/all.zip' ? 404 : fresh ? 304 : 200
    asked.push(response.statusCode)
    response.setHeader('last-modified', 'Sat, 01 Aug 2026 00:00:00 GMT')
    response.end(response.statusCode === 200 ? await readFile(join(folder, 'all.zip')) : undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  zip(['X-1.json', '{"id": "X-1"}'])
  expect(await ids(`${url}/osv/`)).toEqual(['X-1'])
  expect(await ids(`${url}/osv/`)).toEqual(['X-1'])
  expect(asked).toEqual([200, 304])
  await expect(ids(`${url}/other`)).rejects.toThrow(`${url}/other/PyPI/all.zip: `)
  await new Promise((resolve) => server.close(resolve))
  expect(await ids(`${url}/osv/`)).toEqual(['X-1'])
  for (const from of ['osv/', 'other'])
    rmSync(join('.cache/vulnerabilities', digest(`${url}/${from}`)), { recursive: true })
})
