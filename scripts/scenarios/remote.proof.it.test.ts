import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec } from '../cli/io/exec.ts'
import { waitFor } from '../cli/io/wait.ts'
import { lockedImage } from '../image/io/images.ts'
import { addressOf, buildImage, labelsOf } from '../testing/image.ts'
import { readLines } from '../testing/load.ts'
import { TestProject } from '../testing/test-project.ts'

// Servers for remote repositories: an SSH server, and an S3 server (moto, which Debian ships).
const MOTO = 'python3-moto python3-flask python3-flask-cors'
const SERVERS = `ARG BASE
FROM \${BASE}
USER root
RUN install="apt-get install -qy --no-install-recommends openssh-server ${MOTO}"; export DEBIAN_FRONTEND=noninteractive \\
 && { $install || { apt-get update -q && $install; }; } \\
 && install -d /run/sshd && useradd --create-home --shell /bin/sh keeper && install -d -o keeper /srv/repository
`
const SECRET = 'marker-of-the-secret-key'
let project: TestProject
let image: string
const json = async <T>(target: string, env: Record<string, string> = {}) =>
  JSON.parse((await project.must(target, { JSON: '1', ...env })).stdout) as T
const file = (name: string) => join(project.folder, 'secrets', name)

/** Starts a server, and gives its address. */
async function serve(name: string, ...command: string[]): Promise<string> {
  const run = ['docker', 'run', '--detach', ...labelsOf(project), '--name', `${project.name}-${name}`, image] as const
  return await addressOf((await exec([...run, ...command], { quiet: true })).stdout.trim())
}

/** A backup there, the project destroyed, and the data back from there alone. */
async function expectRoundTrip(settings: string): Promise<void> {
  project.write('.env', `BACKUP_PASSWORD_FILE=secrets/password\n${settings}`)
  chmodSync(join(project.folder, '.env'), 0o600)
  const line = `kept at ${settings.split('\n')[0]}`
  const headers = { 'content-type': 'application/json' }
  await project.must('deploy')
  await fetch(`${project.url}/entries`, { method: 'POST', headers, body: JSON.stringify({ text: line }) })
  const backup = await project.must('backup')
  expect(`${backup.stderr}${backup.stdout}`).not.toContain(SECRET)
  const { snapshots } = await json<{ snapshots: { verified: string | null }[] }>('snapshots')
  expect(snapshots.at(-1)?.verified).not.toBeNull()
  await project.must('destroy', { CONFIRM: project.name, FORCE: 'no-snapshot' })
  await project.must('restore')
  expect(await readLines(project.url)).toContain(line)
}

beforeAll(async () => {
  project = await TestProject.create({ own: true })
  image = await buildImage(project, 'servers', SERVERS, lockedImage('node').reference)
  await project.must('build tag', { FORCE: 'untested' })
  project.write('secrets/password', 'for-tests-only')
  chmodSync(file('password'), 0o600)
})
afterAll(async () => await project[Symbol.asyncDispose]())

test('a repository over SFTP must take a backup and give it back, only to a host key that is known', async () => {
  await exec(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', file('key')], { quiet: true })
  const own = readFileSync(file('key.pub'), 'utf8').trim()
  const keys = `install -d -o keeper /home/keeper/.ssh && echo '${own}' > /home/keeper/.ssh/authorized_keys`
  const address = await serve('ssh', 'sh', '-c', `ssh-keygen -A && ${keys} && exec /usr/sbin/sshd -D -e`)
  const scan = async () => (await exec(['ssh-keyscan', address], { quiet: true }).catch(() => undefined))?.stdout
  const known = (await waitFor(scan, 30)) ?? ''
  project.write('secrets/known-hosts', known)
  const settings = [
    `BACKUP_REPOSITORY=sftp:keeper@${address}:/srv/repository`,
    'BACKUP_CREDENTIALS_FILE=secrets/key',
    'BACKUP_KNOWN_HOSTS_FILE=secrets/known-hosts',
  ]
  await expectRoundTrip(`${settings.join('\n')}\n`)
  project.write('secrets/known-hosts', known.replaceAll(/AAAA\S+/g, own.split(' ')[1] ?? ''))
  const refused = await project.make('backup')
  expect(refused.exitCode).not.toBe(0)
  expect(refused.stderr).toMatch(/host key/i)
})

test('an S3 bucket must take a backup and give it back, and its key must be seen nowhere', async () => {
  project.write('secrets/aws', `[default]\naws_access_key_id = porthos\naws_secret_access_key = ${SECRET}\n`)
  chmodSync(file('aws'), 0o600)
  const address = await serve('s3', 'python3', '-m', 'moto.server', '-H', '0.0.0.0', '-p', '5000')
  const answers = () =>
    fetch(`http://${address}:5000/`).then(
      () => true,
      () => false,
    )
  expect(await waitFor(answers, 60)).toBe(true)
  expect((await fetch(`http://${address}:5000/bucket`, { method: 'PUT' })).status).toBe(200)
  await expectRoundTrip(
    `BACKUP_REPOSITORY=s3:http://${address}:5000/bucket/repository\nBACKUP_CREDENTIALS_FILE=secrets/aws\n`,
  )
})
