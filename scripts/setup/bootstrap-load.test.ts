import { execFileSync, spawnSync } from 'node:child_process'
import { generateKeyPairSync, sign } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
const SCRIPT = resolve('scripts/setup/bootstrap.sh')
const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** Runs the first load of a bundle that one key has signed, and another is asked for, against an engine that is a script. */
function load(signedBy: ReturnType<typeof pair>, asked: ReturnType<typeof pair>) {
  const folder = mkdtempSync(join(tmpdir(), 'bundle-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  write('.toolkit', 'dartagnan/toolkit:x\n')
  const sums = execFileSync('sha256sum', ['.toolkit'], { cwd: folder, encoding: 'utf8' })
  write('SHA256SUMS', sums)
  write('SHA256SUMS.sig', sign('sha256', Buffer.from(sums), signedBy.privateKey).toString('base64'))
  write('key.pub', asked.publicKey.export({ type: 'spki', format: 'pem' }).toString())
  write('docker', '#!/bin/sh\n[ "$1" != load ] || echo loaded >loaded\n')
  chmodSync(join(folder, 'docker'), 0o755)
  const env = {
    PATH: `${folder}:${process.env['PATH']}`,
    TOOLKIT_BASE: '',
    TOOLKIT_IMAGE: '',
    VERIFY_KEY_FILE: 'key.pub',
  }
  const { status, stderr } = spawnSync('sh', [SCRIPT, 'load'], { cwd: folder, env, encoding: 'utf8' })
  return { status, stderr, loaded: spawnSync('test', ['-e', join(folder, 'loaded')]).status === 0 }
}

test('the first load must refuse a bundle by another key before the engine sees it', () => {
  const [own, other] = [pair(), pair()]
  const refused = load(other, own)
  expect(refused.loaded).toBe(false)
  expect(refused.status).toBe(1)
  expect(refused.stderr).toContain(hasOpenssl ? 'key.pub has not signed this bundle' : 'no openssl')
  if (hasOpenssl) expect(load(own, own)).toMatchObject({ status: 0, loaded: true })
})
