import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'npm-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const UNREACHED =
  'npm error code ENOTFOUND\nnpm error network request to https://keys.example failed\nnpm error network In most cases\n'
test.each([
  ['good signatures', 'audited 200 packages\n', 0, 0, 'audited 200 packages\n'],
  ['keys out of reach', UNREACHED, 1, 0, "npm's signatures were not checked: request to https://keys.example failed\n"],
  ['a wrong signature', '1 package has an invalid registry signature\n', 1, 1, ''],
  ['another error', 'npm error code EUSAGE\n', 1, 1, ''],
])('%s must be told apart [security 41]', (_, said, status, expected, stdout) => {
  writeFileSync(join(folder, 'npm'), `#!/bin/sh\ncat <<'E' >&2\n${said}E\nexit ${status}\n`, { mode: 0o755 })
  const env = { PATH: `${folder}:/usr/bin:/bin` }
  const done = spawnSync('sh', ['scripts/check/signatures.sh'], { env, encoding: 'utf8' })
  expect({ status: done.status, stdout: done.stdout }).toEqual({ status: expected, stdout })
  if (expected !== 0) expect(done.stderr).toBe(said)
})
