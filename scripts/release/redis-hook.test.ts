import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

// The real servers are in scenarios/databases.proof.it.test.ts. This one has a port and an access list of its own, and tells who may ask it.
const CLIENT = `#!/bin/sh
[ "$REDISCLI_AUTH $4 $5 $6" = 'a&b 7963 --user keeper' ] || { echo 'NOAUTH Authentication required.'; exit; }
case $* in *PING) echo PONG ;; *) echo 'db0:keys=5,expires=2,avg_ttl=0' ;; esac
`
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'redis-'))
  for (const name of ['redis-cli', 'redis-server']) writeFileSync(join(folder, name), CLIENT, { mode: 0o755 })
})
afterAll(() => rmSync(folder, { recursive: true }))

test.each([
  ['a user who may do all', 'user default off\nuser reader on >c ~* +get\nuser keeper on >a&b ~* &* +@all\n', 0, ''],
  ['nobody who may do all', 'user default off\nuser keeper off >a&b ~* &* +@all\n', 1, 'its settings name none'],
])('where an access list names %s, a snapshot must log in as that one, or say so', (_, list, status, says) => {
  writeFileSync(join(folder, 'redis.conf'), `# port 1\nport 7963\n${list}`)
  const env = { PATH: `${folder}:${process.env['PATH']}`, DARTAGNAN_CONF: join(folder, 'redis.conf') }
  const ran = spawnSync('sh', ['compose/hooks/redis.sh', 'describe'], { env, encoding: 'utf8', timeout: 10_000 })
  expect(ran.status, ran.stderr).toBe(status)
  expect(ran.stderr).toContain(says)
  if (status === 0) expect(JSON.parse(ran.stdout)).toEqual({ keys: { db0: { rows: 3 } } })
})
