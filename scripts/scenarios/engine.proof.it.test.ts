import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Executed, exec, tryExec } from '../cli/io/exec.ts'
import { waitFor } from '../cli/io/wait.ts'
import { toolkitImageName } from '../docker/io/toolkit-container.ts'
import { makeAuthority, makeCertificate } from '../testing/certificate.ts'
import { addressOf } from '../testing/image.ts'
import { makeNetwork, TestEngine } from '../testing/test-engine.ts'
import { TestProject } from '../testing/test-project.ts'

// Two hosts: this one has the checkout; the other has only Docker and is reached by SSH.
let project: TestProject
let host: TestEngine
let engine: string
let home: string
let tls: string
const make = (target: string, env: Record<string, string> = {}): Promise<Executed> =>
  tryExec(['make', target], {
    cwd: project.folder,
    quiet: true,
    env: { ...project.environment(), HOME: home, ENGINE: engine, ...env },
  })
async function must(target: string, env: Record<string, string> = {}): Promise<Executed> {
  const result = await make(target, env)
  if (result.exitCode !== 0)
    throw new Error(`make ${target} ended with ${result.exitCode}:\n${result.stderr}\n${result.stdout}`)
  return result
}
// The proxy says in a line of text that no version serves.
const answer = async () => {
  const { stdout } = await host.run('curl', '--silent', `${project.url}/healthz`)
  return JSON.parse(stdout.startsWith('{') ? stdout : '{}') as { version?: string }
}

// Each question starts two processes over there: without a pause they take the time of what is waited for.
const awaitServed = (version: string) =>
  waitFor(
    async () => (await answer()).version === version,
    120,
    () => sleep(500),
  )

/** Signals the toolkit's container here, which waits for the run over there. */
async function signalClient(signal: string): Promise<void> {
  const filters = ['--filter', `volume=${project.folder}`, '--filter', 'label=com.docker.compose.service=toolkit']
  const { stdout } = await exec(['docker', 'ps', '--quiet', ...filters], { quiet: true })
  await exec(['docker', 'kill', '--signal', signal, ...stdout.trim().split('\n')], { quiet: true })
}
const serveSsh = () => host.run('/usr/sbin/sshd', '-o', 'AuthorizedKeysFile=/etc/ssh/keys')

beforeAll(async () => {
  project = await TestProject.create({ own: true })
  await makeNetwork(project)
  home = join(project.folder, '.cache', 'home')
  tls = join(project.folder, '.cache', 'tls')
  mkdirSync(tls, { recursive: true, mode: 0o700 })
  for (const authority of ['ca', 'stranger']) await makeAuthority(tls, authority)
  await makeCertificate(tls, 'ca', 'host', 'subjectAltName=IP:127.0.0.1')
  await makeCertificate(tls, 'ca', 'client', 'extendedKeyUsage=clientAuth')
  host = await TestEngine.start(project, 'host', { bare: true, tls })
  const file = (name: string) => join(home, '.ssh', name)
  mkdirSync(join(home, '.ssh'), { recursive: true, mode: 0o700 })
  await exec(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', file('id_ed25519')], { quiet: true })
  const own = readFileSync(file('id_ed25519.pub'), 'utf8').trim()
  await host.run('sh', '-c', `ssh-keygen -A && echo '${own}' > /etc/ssh/keys`)
  await serveSsh()
  const address = await addressOf(host.name)
  engine = `ssh://root@${address}`
  const scan = async () => (await tryExec(['ssh-keyscan', address], { quiet: true })).stdout
  writeFileSync(file('known_hosts'), (await waitFor(scan, 30)) ?? '')
  await project.must('build tag', { FORCE: 'untested' })
  await project.release('1.1.0', 'compose/app.yaml', (text) =>
    text.replace('restart: unless-stopped', 'restart: always'),
  )
})
afterAll(async () => await project[Symbol.asyncDispose]())

test('a host that has nothing but Docker must get image and toolkit over the connection, and serve', async () => {
  const first = await must('deploy', { VERSION: '1.0.0' })
  expect(first.stdout).toBe(`deployed: 1.0.0 at ${project.url}\n`)
  expect(await answer()).toMatchObject({ version: '1.0.0' })
  expect((await must('status')).stdout).toContain(': serving')
  const second = await must('deploy', { VERSION: '1.0.0' })
  expect(second.stdout).toContain('unchanged')
  // What is there already does not travel again.
  expect(second.stderr).not.toContain('→ send')
  expect(JSON.parse((await must('history', { JSON: '1' })).stdout)).toMatchObject([
    { version: '1.0.0', outcome: 'deployed' },
  ])
})

test('a connection that breaks in the middle must not hurt the release, and its outcome must be told', async () => {
  const running = make('deploy', { VERSION: '1.1.0', BAKE_TIME: '8' })
  expect(await awaitServed('1.1.0')).toBe(true)
  // It is cut, and nobody comes through for a while.
  const rule = ['--protocol', 'tcp', '--dport', '22', '--jump', 'REJECT', '--reject-with', 'tcp-reset']
  await host.run('iptables', '--insert', 'INPUT', ...rule)
  await sleep(15_000)
  await host.run('iptables', '--delete', 'INPUT', ...rule)
  const { stdout, stderr, exitCode } = await running
  expect(exitCode, stderr).toBe(0)
  expect(stdout).toBe(`deployed: 1.1.0 at ${project.url}\n`)
  expect(stderr).toContain('the connection to')
  expect(stderr.match(/→ switch app/g)).toHaveLength(1)
})

test('a client killed while it waits must leave a release that ends well, and another must be told who holds the project', async () => {
  const client = make('deploy', { VERSION: '1.0.0', BAKE_TIME: '45' })
  expect(await awaitServed('1.0.0')).toBe(true)
  const other = await make('deploy', { VERSION: '1.1.0' })
  expect(other.exitCode).not.toBe(0)
  expect(other.stderr).toMatch(/make deploy of \S+@\S+ .* holds the project since/)
  await signalClient('KILL')
  await client
  const serves = async () => {
    const said = JSON.parse((await make('status', { JSON: '1' })).stdout) as { outcome: string; run?: object }
    return said.run === undefined && said.outcome === 'serving'
  }
  expect(await waitFor(serves, 120)).toBe(true)
  expect(JSON.parse((await must('history', { JSON: '1' })).stdout)).toMatchObject([
    {},
    {},
    { version: '1.0.0', outcome: 'deployed' },
  ])
})

test('a cancel must reach the run on the remote engine, which undoes what it has begun [fault 2]', async () => {
  const client = make('deploy', { VERSION: '1.1.0', BAKE_TIME: '30' })
  expect(await awaitServed('1.1.0')).toBe(true)
  await signalClient('INT')
  expect((await client).exitCode).not.toBe(0)
  expect(await answer()).toMatchObject({ version: '1.0.0' })
})

const files = (authority: string, name: string) =>
  `ca=${tls}/${authority}.crt,cert=${tls}/${name}.crt,key=${tls}/${name}.key`
const makeContext = (name: string, host: string) =>
  exec(['docker', 'context', 'create', name, '--docker', `host=${host}`], {
    env: { HOME: home, DOCKER_CONFIG: join(home, '.docker') },
    quiet: true,
  })

test('a Docker context must work too, over SSH or TLS', async () => {
  await makeContext('elsewhere', engine)
  expect((await must('status', { ENGINE: 'elsewhere' })).stdout).toContain(': serving')
  await makeContext('secure', `${await host.secureAddress()},${files('ca', 'client')}`)
  expect((await must('plan', { ENGINE: 'secure', VERSION: '1.1.0' })).stdout).toContain('switch app to 1.1.0')
  expect((await must('deploy', { ENGINE: 'secure', VERSION: '1.0.0' })).stdout).toContain('unchanged')
})

test('a context that trusts the wrong authority, shows the wrong certificate or has none must be refused, with what to do', async () => {
  await makeContext('impostor', `${await host.secureAddress()},${files('stranger', 'client')}`)
  await makeContext('unknown', `${await host.secureAddress()},${files('ca', 'stranger')}`)
  await makeContext('bare', 'tcp://192.0.2.1:2375')
  for (const [name, says] of [
    ['impostor', /certificate signed by unknown authority\n +next: docker context update impostor/],
    ['unknown', /certificate required\n +next: docker context update unknown/],
    ['bare', /reaches tcp:\/\/192\.0\.2\.1:2375 without TLS\n +next: docker context update bare/],
  ] as const) {
    const { stderr, exitCode } = await make('status', { ENGINE: name })
    expect(exitCode).not.toBe(0)
    expect(stderr).toMatch(says)
    expect(stderr).not.toContain('trying again')
  }
})

test('a hanging engine must be reported, drop no client, and finish the interrupted operation afterwards [fault 36] [fault 62]', async () => {
  // On that host too, by its own door: what carries the toolkit there is the toolkit.
  const names = await host.docker(
    'image',
    'ls',
    '--format',
    '{{.Repository}}:{{.Tag}}',
    'dartagnan/toolkit-with-packages',
  )
  await host.docker('tag', names.split('\n')[0] ?? '', await toolkitImageName())
  const beside = (target: string, env: Record<string, string> = {}) =>
    host.make(target, { ...project.environment(), HOME: home, ...env }, project.folder)
  const logs = beside('logs', { FOLLOW: '1' })
  const toolkits = ['ps', '--quiet', '--filter', 'label=com.docker.compose.service=toolkit']
  expect(await waitFor(async () => (await host.docker(...toolkits)) !== '', 60)).toBe(true)
  const deploy = make('deploy', { VERSION: '1.1.0', BAKE_TIME: '30' })
  expect(await waitFor(async () => (await answer()).version === '1.1.0', 120)).toBe(true)
  const signal = (name: string) => host.run('sh', '-c', `kill -${name} $(cat /var/run/docker.pid)`)
  await signal('STOP')
  try {
    for (const run of [deploy, logs, make('status'), beside('status')]) {
      const { stderr, exitCode } = await run
      expect(exitCode).not.toBe(0)
      expect(stderr).toMatch(
        /accepts connections but (does not answer|has not answered for \d+ s)\n +next: .*make status/,
      )
    }
    expect((await answer()).version).toBe('1.1.0')
  } finally {
    await signal('CONT')
  }
  const ended = async () => {
    const said = JSON.parse((await must('status', { JSON: '1' })).stdout) as { outcome: string; run?: object }
    return said.run === undefined && said.outcome === 'serving'
  }
  expect(await waitFor(ended, 60)).toBe(true)
  await expectServed(['deployed', 'rolled back', 'abandoned'])
})

/** The last release, of 1.1.0 over 1.0.0, has come to one of those ends, and what serves is as it says. */
async function expectServed(outcomes: string[]): Promise<void> {
  const releases = JSON.parse((await must('history', { JSON: '1' })).stdout) as { outcome: string; version: string }[]
  const last = releases.at(-1)
  expect(outcomes).toContain(last?.outcome)
  expect((await answer()).version).toBe(last?.outcome === 'deployed' ? '1.1.0' : '1.0.0')
}

test('proxy and gate that have taken the place of others must serve again after the host has lost its power', async () => {
  const upgrade = (file: string) => {
    const text = readFileSync(join(project.folder, file), 'utf8')
    project.write(
      file,
      text.replaceAll(/(mem\w+): (\d+)m/g, (_, key: string, size: string) => `${key}: ${Number(size) - 1}m`),
    )
    return () => project.write(file, text)
  }
  const named = { VERSION: '1.0.0', HOSTS: 'journal.test', TLS: 'local' }
  expect((await must('deploy', named)).stderr).toContain('the gate dartagnan-gate sends it https://journal.test')
  const files = ['compose/app.yaml', 'compose/gate/gate.yaml']
  const backs = files.map(upgrade)
  expect((await must('deploy', named)).stderr).toContain('start a new proxy beside the old one')
  expect(JSON.parse((await must('gate', { ...named, JSON: '1' })).stdout)).toMatchObject({
    outcome: 'renewed',
    cut: 0,
  })
  const root = await host.docker('exec', 'dartagnan-gate-gate-1', 'cat', '/usr/local/etc/haproxy/local-ca.crt')
  project.write('.cache/local-ca.crt', `${root}\n`)
  const byName = async () => {
    const own = ['--cacert', join(project.folder, '.cache/local-ca.crt'), '--resolve', 'journal.test:443:127.0.0.1']
    return (await host.run('curl', '--silent', ...own, 'https://journal.test/healthz')).stdout
  }
  expect(await byName()).toContain('"version":"1.0.0"')
  await exec(['docker', 'kill', host.name], { quiet: true })
  await host.start()
  await serveSsh()
  expect(await waitFor(async () => (await answer()).version === '1.0.0', 60)).toBe(true)
  expect(await waitFor(async () => (await byName()).includes('"version":"1.0.0"'), 60)).toBe(true)
  expect((await must('deploy', named)).stdout).toContain('unchanged')
  for (const back of backs) back()
  await must('deploy', { VERSION: '1.0.0' })
})

const awaitAny = () =>
  waitFor(
    async () => (await answer()).version,
    60,
    () => sleep(500),
  )
const LOSSES = [
  [
    'its power',
    '[fault 65]',
    async () => {
      await exec(['docker', 'kill', host.name], { quiet: true })
      await host.start()
      await serveSsh()
      expect(await awaitAny()).toBeDefined()
      // Its restart policy is `always`: the old version, which was stopped, must not write beside the new one.
      const running = ['ps', '--quiet', '--filter', `name=${project.name}-app-`]
      expect((await host.docker(...running)).split('\n')).toHaveLength(1)
    },
  ],
  // Without live-restore, an engine that was killed stops all containers when it starts, and Docker 26 leaves them so.
  ['its engine', '[fault 61]', async () => await host.killEngine()],
] as const
test.each(LOSSES)(
  'a host that loses %s in the middle of a deploy must serve one good version when it is back %s',
  async (_, __, lose) => {
    await must('deploy', { VERSION: '1.0.0', APP_ROLLOUT: 'exclusive' })
    const client = make('deploy', { VERSION: '1.1.0', APP_ROLLOUT: 'exclusive', BAKE_TIME: '30' })
    expect(await awaitServed('1.1.0')).toBe(true)
    await lose()
    expect((await client).exitCode).not.toBe(0)
    const { stdout, stderr } = await must('status')
    expect(stderr).toMatch(
      /make deploy of 1\.1\.0 by \S+ was interrupted at .*; (1\.1\.0 serves: this is finished|this is undone)/,
    )
    expect(stdout).toContain(': serving')
    await expectServed(['deployed', 'abandoned'])
  },
)

test.each([
  [
    'a host that nobody reaches',
    'ssh://root@192.0.2.1',
    /^error: ENGINE="ssh:\/\/root@192.0.2.1": ssh: connect to host/m,
  ],
  ['a context that nobody has made', 'nowhere', /context "nowhere".*\n +next: docker context ls/],
])('%s must be said in one line, with what to do', async (_, wrong, says) => {
  const { stderr, exitCode } = await make('status', { ENGINE: wrong })
  expect(exitCode).not.toBe(0)
  expect(stderr).toMatch(says)
  expect(stderr).toMatch(/^ +next: \S/m)
})
