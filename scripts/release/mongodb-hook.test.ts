import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

// No server of MongoDB is in Debian: programs that print what its own print, and what they were given, stand for its tools.
const TOOL = `#!/bin/sh
printf '%s\\n' "$0 $*" >> "$FOLDER/ran"
for word; do case $word in --config=*) cat "\${word#*=}" >> "$FOLDER/config" ;; esac; done
printf '2026-01-01T00:00:00\\tdone dumping %s\\n' 'shop.entries (12 documents)' 'shop.nothing (0 documents)' 'shop.one (1 document)' 'admin.system.users (1 document)' >&2
`
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mongo-'))
  for (const name of ['mongodump', 'mongorestore', 'mongosh']) {
    writeFileSync(join(folder, name), TOOL)
    chmodSync(join(folder, name), 0o755)
  }
})
afterEach(() => rmSync(folder, { recursive: true }))

function run(action: string, env: Record<string, string> = {}) {
  const script = readFileSync('compose/hooks/mongodb.sh', 'utf8').replaceAll(/\/snapshot(?=\/)|\/dev\/shm/g, folder)
  const PATH = `${folder}:${process.env['PATH']}`
  const { stdout, stderr, status } = spawnSync('sh', ['-c', script, 'documents', action], {
    env: { ...env, PATH, FOLDER: folder },
    encoding: 'utf8',
  })
  const read = (file: string) => (existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : '')
  return { stdout, stderr, status, ran: read('ran').replaceAll(folder, ''), config: read('config') }
}
const credentials = { MONGO_INITDB_ROOT_USERNAME: 'root', MONGO_INITDB_ROOT_PASSWORD: 'a"b\\c' }

test('a copy must be one archive, described by the documents that mongodump has counted, without those of the server', () => {
  const { stdout, ran, status } = run('copy')
  expect(ran).toBe('/mongodump --host=documents:27017 --archive=/dump.archive\n')
  expect(JSON.parse(stdout)).toEqual({
    collections: { 'shop.entries': { rows: 12 }, 'shop.nothing': { rows: 0 }, 'shop.one': { rows: 1 } },
  })
  expect(status).toBe(0)
})

test.each(['copy', 'restore', 'describe'])('the password must be in no argument of %s', (action) => {
  const { ran, config, stderr } = run(action, credentials)
  expect(`${ran}${stderr}`).not.toMatch(/a"b/)
  if (action !== 'describe') {
    expect(ran).toContain('--username=root --authenticationDatabase=admin')
    expect(config).toBe('password: "a\\"b\\\\c"\n')
  }
})

test('a restore must drop what it replaces, and a password may be in a file', () => {
  writeFileSync(join(folder, 'password'), 'from a file')
  const env = { MONGO_INITDB_ROOT_USERNAME: 'root', MONGO_INITDB_ROOT_PASSWORD_FILE: join(folder, 'password') }
  const { ran, config } = run('restore', env)
  expect(ran).toMatch(/^\/mongorestore .*--archive=\/dump\.archive .*--drop$/m)
  expect(config).toBe('password: "from a file"\n')
})
