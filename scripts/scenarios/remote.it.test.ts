import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec } from '../cli/io/exec.ts'
import { waitFor } from '../cli/io/wait.ts'
import { lockedImage } from '../image/io/images.ts'
import { addressOf, buildImage, labelsOf } from '../testing/image.ts'
import { readLines } from '../testing/load.ts'
import { World } from '../testing/test-project.ts'

// What a repository elsewhere is reached by: an SSH server, and one that speaks S3 (moto, which Debian ships).
const SERVERS = `ARG BASE
FROM \${BASE}
USER root
RUN install="apt-get install -qy --no-install-recommends openssh-server python3-moto python3-flask python3-flask-cors"; export DEBIAN_FRONTEND=noninteractive \\
 && { $install || { apt-get update -q && $install; }; } \\
 && install -d /run/sshd && useradd --create-home --shell /bin/sh keeper && install -d -o keeper /srv/repository
`
const SECRET = 'marker-of-the-secret-key'
let world: World
let image: string
const json = async <T>(target: string, env: Record<string, string> = {}) =>
  JSON.parse((await world.must(target, { JSON: '1', ...env })).stdout) as T
const file = (name: string) => join(world.folder, 'secrets', name)

/** Starts a server, and gives its address. */
async function serve(name: string, ...command: string[]): Promise<string> {
  const run = ['docker', 'run', '--detach', ...labelsOf(world), '--name', `${world.project}-${name}`, image] as const
  return await addressOf((await exec([...run, ...command], { quiet: true })).stdout.trim())
}

/** A backup there, the project destroyed, and the data back from there alone. */
async function expectRoundTrip(settings: string): Promise<void> {
  world.write('.env', `BACKUP_PASSWORD_FILE=secrets/password\n${settings}`)
  chmodSync(join(world.folder, '.env'), 0o600)
  const line = `kept at ${settings.split('\n')[0]}`
  const headers = { 'content-type': 'application/json' }
  await world.must('deploy')
  await fetch(`${world.url}/entries`, { method: 'POST', headers, body: JSON.stringify({ text: line }) })
  const backup = await world.must('backup')
  expect(`${backup.stderr}${backup.stdout}`).not.toContain(SECRET)
  const { snapshots } = await json<{ snapshots: { verified: string | null }[] }>('snapshots')
  expect(snapshots.at(-1)?.verified).not.toBeNull()
  await world.must('destroy', { CONFIRM: world.project, FORCE: 'no-snapshot' })
  await world.must('restore')
  expect(await readLines(world.url)).toContain(line)
}

beforeAll(async () => {
  world = await World.create()
  image = await buildImage(world, 'servers', SERVERS, lockedImage('node').reference)
  await world.must('build tag', { FORCE: 'untested' })
  world.write('secrets/password', 'for-tests-only')
  chmodSync(file('password'), 0o600)
}, 300_000)
afterAll(async () => await world[Symbol.asyncDispose]())

test('a repository over SFTP must take a backup and give it back, only to a host key that is known', async () => {
  await exec(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', file('key')], { quiet: true })
  const own = readFileSync(file('key.pub'), 'utf8').trim()
  const keys = `install -d -o keeper /home/keeper/.ssh && echo '${own}' > /home/keeper/.ssh/authorized_keys`
  const address = await serve('ssh', 'sh', '-c', `ssh-keygen -A && ${keys} && exec /usr/sbin/sshd -D -e`)
  const scan = async () => (await exec(['ssh-keyscan', address], { quiet: true }).catch(() => undefined))?.stdout
  const known = (await waitFor(scan, 30)) ?? ''
  world.write('secrets/known-hosts', known)
  const settings = [
    `BACKUP_REPOSITORY=sftp:keeper@${address}:/srv/repository`,
    'BACKUP_CREDENTIALS_FILE=secrets/key',
    'BACKUP_KNOWN_HOSTS_FILE=secrets/known-hosts',
  ]
  await expectRoundTrip(`${settings.join('\n')}\n`)
  world.write('secrets/known-hosts', known.replaceAll(/AAAA\S+/g, own.split(' ')[1] ?? ''))
  const refused = await world.make('backup')
  expect(refused.exitCode).not.toBe(0)
  expect(refused.stderr).toMatch(/host key/i)
})

test('an S3 bucket must take a backup and give it back, and its key must be seen nowhere', async () => {
  world.write('secrets/aws', `[default]\naws_access_key_id = porthos\naws_secret_access_key = ${SECRET}\n`)
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
