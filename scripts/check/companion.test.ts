import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { waitFor } from '../cli/io/wait.ts'

// The gate's companion (compose/images/gate/certificates) with folders of the test, and an ACME client that is none.
const LEGO = `#!/bin/sh
while [ $# -gt 0 ]; do case $1 in --server) server=$2 ;; --path) path=$2 ;; --domains) name=$2 ;; esac; shift; done
case $server in *slow*) sleep 60; exit 1 ;; esac
mkdir -p "$path/certificates"
exec openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj "/CN=$name" \
  -keyout "$path/certificates/$name.key" -out "$path/certificates/$name.crt"
`
let folder: string
const file = (name: string) => join(folder, name)
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'companion-'))
  const text = readFileSync('compose/images/gate/certificates', 'utf8')
  const places = `FOLDER=${folder} ACME=${folder}/acme TMP=${folder}`
  writeFileSync(file('certificates'), text.replace(/^FOLDER=.*$/m, places), { mode: 0o755 })
  mkdirSync(file('bin'))
  writeFileSync(file('bin/lego'), LEGO, { mode: 0o755 })
  for (const name of ['crt.list', 'tls.map']) writeFileSync(file(name), '')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('an authority that does not answer must keep no certificate of another one waiting', async () => {
  const row = (project: string, authority: string) =>
    `${project} acme ${project}.test https://${authority}/dir a@example.org -\n`
  writeFileSync(file('wanted'), row('one', 'slow') + row('two', 'slow') + row('three', 'good'))
  const env = { ...process.env, PATH: `${folder}/bin:${process.env['PATH']}` }
  const companion = spawn('bash', [file('certificates')], { env, stdio: 'ignore', detached: true })
  try {
    expect(await waitFor(async () => existsSync(file('three.state')), 20)).toBe(true)
    expect(JSON.parse(readFileSync(file('three.state'), 'utf8'))).toMatchObject({ names: 'three.test', error: '' })
    expect(readFileSync(file('crt.list'), 'utf8')).toBe(`${folder}/three.pem three.test\n`)
    expect(readFileSync(file('tls.map'), 'utf8')).toBe('three.test three\n')
    // One at a time: the second waits for the first.
    expect(['one.said', 'two.said', 'one.state', 'two.state'].map((name) => existsSync(file(name)))).toEqual([
      ...[true, false, false, false],
    ])
  } finally {
    process.kill(-(companion.pid ?? 0), 'SIGKILL')
  }
})

test.each([
  ['/.well-known/acme-challenge/token', 'HTTP/1.0 200 OK', 'token.thumbprint'],
  ['/.well-known/acme-challenge/other', 'HTTP/1.0 404 Not Found', ''],
  ['/.well-known/acme-challenge/..', 'HTTP/1.0 404 Not Found', ''],
  ['/.well-known/acme-challenge/%2e%2e%2fwanted', 'HTTP/1.0 404 Not Found', ''],
])('an authority that asks for %s must get what lego has put there, and nothing else', (path, status, body) => {
  mkdirSync(file('web/.well-known/acme-challenge'), { recursive: true })
  writeFileSync(file('web/.well-known/acme-challenge/token'), 'token.thumbprint')
  const input = `GET ${path} HTTP/1.1\r\nHost: a.test\r\n\r\n`
  const { stdout } = spawnSync('bash', [file('certificates'), 'answer'], { input, encoding: 'utf8' })
  expect(stdout.split('\r\n')[0]).toBe(status)
  expect(stdout.split('\r\n\r\n')[1]).toBe(body)
})
