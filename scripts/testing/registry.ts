import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exec } from '../cli/io/exec.ts'
import { lockedImage } from '../image/io/images.ts'
import { makeAuthority, makeCertificate } from './certificate.ts'
import { labelsOf } from './image.ts'
import type { TestProject } from './test-project.ts'

/** A registry with TLS and a password, on the project's network. */
export type TestRegistry = {
  readonly host: string
  /** The same, for the engine that the tests run on. */
  readonly here: string
  readonly user: string
  /** Files in the checkout: the password, and the certificate of the registry's authority. */
  readonly passwordFile: string
  readonly certificate: string
  readonly container: string
}

/** Starts a registry under a name that the project's test engines resolve. */
export async function startRegistry(project: TestProject, password: string): Promise<TestRegistry> {
  const folder = join(project.folder, 'secrets')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const at = (name: string) => join(folder, name)
  const run = (...argv: [string, ...string[]]) => exec(argv, { quiet: true })
  const host = 'registry.test'
  await makeAuthority(folder, 'ca')
  await makeCertificate(folder, 'ca', 'tls', `subjectAltName=DNS:${host},IP:127.0.0.1`)
  // The registry accepts bcrypt alone.
  const hash = await run('perl', '-e', 'print crypt($ARGV[0], q($2y$05$abcdefghijklmnopqrstuu))', password)
  writeFileSync(at('htpasswd'), `porthos:${hash.stdout}\n`)
  writeFileSync(at('registry-password'), `${password}\n`, { mode: 0o600 })
  const settings = {
    REGISTRY_HTTP_TLS_CERTIFICATE: at('tls.crt'),
    REGISTRY_HTTP_TLS_KEY: at('tls.key'),
    REGISTRY_AUTH: 'htpasswd',
    REGISTRY_AUTH_HTPASSWD_REALM: 'test',
    REGISTRY_AUTH_HTPASSWD_PATH: at('htpasswd'),
    REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: '/var/lib/registry',
  }
  const container = `${project.name}-registry`
  await run(
    ...(['docker', 'run', '--detach', ...labelsOf(project), '--name', container] as const),
    ...[
      '--network',
      `${project.name}-engines`,
      '--network-alias',
      host,
      '--publish',
      '127.0.0.1::5000',
      '--volume',
      `${folder}:${folder}:ro`,
    ],
    ...Object.entries(settings).flatMap((pair) => ['--env', pair.join('=')]),
    lockedImage('registry').reference,
  )
  const { stdout: here } = await run('docker', 'port', container, '5000')
  return {
    host: `${host}:5000`,
    here: here.trim(),
    user: 'porthos',
    passwordFile: 'secrets/registry-password',
    certificate: at('ca.crt'),
    container,
  }
}
