import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { exec, tryExec } from '../cli/io/exec.ts'
import { waitFor } from '../cli/io/wait.ts'
import { snapshotVolume } from '../data/io/restic-container.ts'
import { proxyIn } from '../proxy/io/runtime.ts'
import type { Status } from '../rollout/status-report.ts'
import { ledgerPath } from '../state/io/ledger.ts'
import { findLostOrDoubled, readLines, startTraffic } from '../testing/load.ts'
import { testInProof } from '../testing/proof.ts'
import { TestProject } from '../testing/test-project.ts'

let project: TestProject
beforeAll(async () => {
  project = await TestProject.create({ own: true })
  await project.must('build tag deploy', { FORCE: 'untested' })
})
afterAll(async () => await project[Symbol.asyncDispose]())

const volumes = async () =>
  (
    await exec(['docker', 'volume', 'ls', '--quiet', '--filter', `label=com.docker.compose.project=${project.name}`], {
      quiet: true,
    })
  ).stdout
const images = async () =>
  (await exec(['docker', 'image', 'ls', '--format', '{{.Tag}}', `e2e/${project.name}`], { quiet: true })).stdout.split(
    '\n',
  )
const append = (line: string) => (text: string) => `${text}\n${line}\n`
const health = async () =>
  (await (await fetch(`${project.url}/healthz`)).json()) as { version: string; revision: string }
const status = async () => JSON.parse((await project.must('status', { JSON: '1' })).stdout) as Status
const planned = async (env: Record<string, string>) =>
  JSON.parse((await project.must('plan', { JSON: '1', ...env })).stdout) as {
    fingerprint: string
    steps: { do: string }[]
  }

test('status must say what runs, which version, healthy, and where', async () => {
  const { stdout } = await project.must('status')
  expect(stdout).toMatch(new RegExp(`^${project.name}: serving$`, 'm'))
  expect(stdout).toMatch(/^app +\S+-app-1 +1\.0\.0 +healthy +yes +\d+s$/m)
  expect(stdout).toMatch(new RegExp(`^proxy .* healthy .* 127\\.0\\.0\\.1:${project.port}$`, 'm'))
})

test('the deployed containers must satisfy the security checklist [security 1] [security 2] [security 3] [security 4] [security 5] [security 6] [security 7] [security 9] [security 10] [security 11] [security 12] [security 13] [security 16] [security 18]', async () => {
  const names = (await status()).containers.map(({ container }) => container)
  const inspected = JSON.parse((await exec(['docker', 'inspect', ...names], { quiet: true })).stdout) as Inspected[]
  for (const { Name, Config, HostConfig, Mounts } of inspected) {
    expect(Config.User, Name).toMatch(/^[1-9]\d+/)
    expect(HostConfig, Name).toMatchObject({
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      CapAdd: null,
      Privileged: false,
      PidMode: '',
      IpcMode: 'private',
      UsernsMode: '',
    })
    expect(HostConfig.SecurityOpt, Name).toEqual(['no-new-privileges:true'])
    expect(HostConfig.Memory, Name).toBeGreaterThan(0)
    expect(HostConfig.MemorySwap, Name).toBe(HostConfig.Memory)
    expect(HostConfig.PidsLimit, Name).toBeGreaterThan(0)
    expect(HostConfig.NanoCpus, Name).toBeGreaterThan(0)
    expect(HostConfig.Ulimits, Name).toEqual([expect.objectContaining({ Name: 'nofile' })])
    expect(HostConfig.LogConfig.Config['max-size'], Name).toBeDefined()
    expect(HostConfig.RestartPolicy.Name, Name).toBe('unless-stopped')
    expect(Object.values(HostConfig.Tmpfs).join(), Name).toMatch(/noexec,nosuid,nodev,size=/)
    expect(Mounts.map(({ Source }) => Source).join(), Name).not.toContain('docker.sock')
    expect(Config.Healthcheck?.Test[0], Name).toBe('CMD')
  }
  const published = inspected.flatMap(({ HostConfig }) => Object.values(HostConfig.PortBindings).flat())
  expect(published).toEqual([{ HostIp: '127.0.0.1', HostPort: String(project.port) }])
})

test('logs must print the output of a service, and refuse an unknown service with the list of services', async () => {
  const { stdout } = await project.must('logs', { SERVICE: 'app' })
  expect(stdout).toContain('gunicorn')
  const refused = await project.make('logs', { SERVICE: 'nope' })
  expect(refused.stderr).toMatch(/SERVICE="nope" is not a service .* app, proxy/)
})

test('a question about snapshots must make no volume for them', async () => {
  await project.must('snapshots')
  const named = ['--filter', `name=${snapshotVolume(project.name)}`]
  const { stdout } = await exec(['docker', 'volume', 'ls', '--quiet', ...named], { quiet: true })
  expect(stdout).toBe('')
})

test('shell must run commands in the running application', async () => {
  const { stdout } = await tryExec(['make', '_shell'], {
    cwd: project.folder,
    env: project.environment(),
    input: 'echo "$APP_VERSION"; exit 3\n',
    quiet: true,
  })
  expect(stdout).toContain('1.0.0')
})

test('a second run must be told who holds the project, and a killed holder must hold nothing [fault 4] [fault 8]', async () => {
  const hold = `import { takeLock } from './scripts/state/io/lock.ts'
    await takeLock({ PROJECT: '${project.name}', WAIT: 0, caller: 'somebody' }, 'deploy')
    console.log('held')
    setInterval(() => {}, 1000)`
  const holder = spawn('node', ['--input-type=module', '--eval', hold], { cwd: project.folder })
  onTestFinished(() => void holder.kill('SIGKILL'))
  await once(holder.stdout, 'data')
  const refused = await project.make('deploy')
  expect(refused.exitCode).not.toBe(0)
  expect(refused.stderr).toMatch(
    /deploy cannot start: make deploy of somebody \(process \d+ on \S+\) holds the project since 20/,
  )
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  expect((await project.must('deploy')).stdout).toContain('unchanged')
  // What another toolkit may have left there as its lock.
  const path = ledgerPath(project.name, 'lock')
  rmSync(path)
  mkdirSync(path)
  expect((await project.must('deploy')).stdout).toContain('unchanged')
  expect(statSync(path).isFile()).toBe(true)
})

test('a deploy must answer as the version and revision that git names', async () => {
  expect(await health()).toMatchObject({ version: '1.0.0', revision: await project.git('rev-parse', 'HEAD') })
})

test('deploying the running version again must change nothing and say so', async () => {
  const before = await status()
  expect((await project.must('deploy')).stdout).toContain('unchanged: 1.0.0')
  expect(await status()).toEqual(before)
})

test('a new version must replace the old one without a failed request or a lost line', async () => {
  await project.release('1.1.0', 'sample-app/src/journal/wsgi.py', append('# another version'))
  const traffic = startTraffic(project.url)
  await project.must('deploy')
  const seen = await traffic.stop()
  expect(seen.failures).toEqual([])
  expect(await health()).toMatchObject({ version: '1.1.0' })
  expect((await status()).containers.map(({ service, version }) => [service, version])).toEqual(
    expect.arrayContaining([['app', '1.1.0']]),
  )
  expect(seen.acknowledged.length).toBeGreaterThan(0)
  expect(await findLostOrDoubled(project.url, seen)).toEqual([])
})

test('a plan must say what deploy would do and change nothing, and deploy must refuse one that no longer holds', async () => {
  const before = await status()
  const older = { VERSION: '1.0.0', BAKE_TIME: '1' }
  const { fingerprint, steps } = await planned(older)
  expect(steps.map((step) => step.do)).toEqual([
    ...['start', 'ready', 'attach', 'await-route', 'switch', 'drain', 'bake', 'stop'],
  ])
  expect((await project.must('plan', older)).stdout).toMatch(
    /1\. start 1 × app 1\.0\.0\n +because 1\.1\.0 serves\n +traffic it gets no request yet/,
  )
  expect(await status()).toEqual(before)
  await project.must('deploy', { ...older, PLAN: fingerprint })
  expect((await project.must('plan', { VERSION: '1.0.0' })).stdout).toContain('nothing to do: 1.0.0 serves')
  const refused = await project.make('deploy', { ...older, VERSION: '1.1.0', PLAN: fingerprint })
  expect(refused.exitCode).not.toBe(0)
  expect(refused.stderr).toMatch(/PLAN="[0-9a-f]{10}" no longer holds/)
  expect(await health()).toMatchObject({ version: '1.0.0' })
})

test('history must list the releases, newest first', async () => {
  const entries = JSON.parse((await project.must('history', { JSON: '1' })).stdout) as {
    version: string
    outcome: string
  }[]
  expect(entries.slice(0, 3).map(({ version, outcome }) => [version, outcome])).toEqual([
    ['1.0.0', 'deployed'],
    ['1.1.0', 'deployed'],
    ['1.0.0', 'deployed'],
  ])
  expect((await project.must('history')).stdout).toMatch(
    /^ +WHEN +TARGET +VERSION +OUTCOME .*\n● +\d+s ago +deploy +1\.0\.0 +deployed/,
  )
})

test('VERSION must bring back a version that was tagged before, and refuse any other with the choices [fault 13]', async () => {
  await project.must('deploy', { VERSION: '1.0.0' })
  expect(await health()).toMatchObject({ version: '1.0.0' })
  const before = await status()
  const refused = await project.make('deploy', { VERSION: '9.9.9' })
  expect(refused.exitCode).not.toBe(0)
  expect(refused.stderr).toMatch(/VERSION="9\.9\.9" is not tagged .*: 1\.1\.0, 1\.0\.0$/m)
  expect(await status()).toEqual(before)
  expect(await health()).toMatchObject({ version: '1.0.0' })
})

testInProof('as many replicas as REPLICAS says must serve, after scaling up and after scaling down', async () => {
  await project.must('deploy', { VERSION: '1.0.0', REPLICAS: '3' })
  expect((await status()).containers.filter(({ serving }) => serving)).toHaveLength(3)
  const traffic = startTraffic(project.url)
  await project.must('deploy', { VERSION: '1.0.0', REPLICAS: '1' })
  expect((await traffic.stop()).failures).toEqual([])
  expect((await status()).containers.filter(({ serving }) => serving)).toHaveLength(1)
})

test('a slot left draining by a killed deploy must be given back [fault 34]', async () => {
  const proxy = proxyIn((await status()).containers.find(({ service }) => service === 'proxy')?.container ?? '')
  await proxy.drain((await proxy.readState()).servers)
  expect((await project.must('deploy', { VERSION: '1.0.0' })).stderr).toContain('left draining')
  expect((await proxy.readState()).servers.filter(({ draining }) => draining)).toEqual([])
})

testInProof('down must keep the data, and the next deploy must serve it', async () => {
  await fetch(`${project.url}/entries`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"text": "kept"}',
  })
  const lines = await readLines(project.url)
  expect(lines).toContain('kept')
  await project.must('down')
  await expect(fetch(project.url)).rejects.toThrow()
  await project.must('deploy', { VERSION: '1.0.0' })
  expect(await readLines(project.url)).toEqual(lines)
})

test('dev must serve the source of the checkout, and reload it when a file is saved', async () => {
  const dev = spawn('make', ['_dev'], {
    cwd: project.folder,
    env: { ...process.env, ...project.environment() },
    stdio: 'ignore',
    detached: true,
  })
  const gone = new Promise((resolve) => dev.once('exit', resolve))
  onTestFinished(async () => {
    process.kill(-(dev.pid ?? 0), 'SIGINT')
    await gone
  })
  const page = async () => await (await fetch(`http://127.0.0.1:${project.port + 1}/`)).text().catch(() => '')
  const shows = (text: string, seconds = 60) =>
    waitFor(async () => ((await page().catch(() => '')).includes(text) ? true : undefined), seconds)
  expect(await shows('Journal')).toBe(true)
  const template = join(project.folder, 'sample-app/src/journal/templates/index.html')
  writeFileSync(template, readFileSync(template, 'utf8').replaceAll('Journal', 'Logbook'))
  const source = join(project.folder, 'sample-app/src/journal/page.py')
  // gunicorn takes what it finds when it first looks for the state to compare with: on a busy host a file may be saved before.
  let shown: boolean | undefined
  for (let turn = 0; turn < 3 && !shown; turn++) {
    writeFileSync(source, `${readFileSync(source, 'utf8')}\n`)
    shown = await shows('Logbook', 20)
  }
  expect(shown).toBe(true)
  expect((await status()).outcome).toBe('serving')
})

test('a door must run its bundle as long as no source is newer, and then its source', async () => {
  const door = (name: string) => join(project.folder, 'node_modules/.cache/doors', name)
  // The folder shares its files with the checkout, where a source may be newer by now: new files take their place.
  for (const name of ['history.mjs', 'stamp']) rmSync(door(name))
  writeFileSync(door('history.mjs'), 'console.log("from the bundle")\n')
  writeFileSync(door('stamp'), '')
  expect((await project.must('history')).stdout).toBe('from the bundle\n')
  const source = join(project.folder, 'scripts/history.ts')
  writeFileSync(source, readFileSync(source))
  expect((await project.must('history')).stdout).toContain('deployed')
})

test('clean must remove containers and untagged images, and keep volumes and versions', async () => {
  const before = await volumes()
  expect(before).not.toBe('')
  await project.must('clean')
  expect((await project.must('status')).stdout).toContain('nothing runs')
  expect(await volumes()).toBe(before)
  expect((await images()).filter((tag) => tag.startsWith('build-') || tag === 'dev')).toEqual([])
  expect(await images()).toContain('1.0.0')
  expect((await project.must('clean')).stdout).toContain('unchanged')
})

test('doctor must find nothing wrong here, and name what is wrong elsewhere [fault 29] [security 32]', async () => {
  expect((await project.must('doctor')).stdout).toMatch(/^engine +ok +\d+/m)
  project.write('.env', 'DRAIN_TIMEOUT=25\nAPP_TOKEN=x\n')
  const ill = await project.make('doctor')
  expect(ill.exitCode).not.toBe(0)
  expect(ill.stdout).toMatch(/^timeouts +PROBLEM +drain 25 s, application 20 s, stop 30 s$/m)
  expect(ill.stdout).toMatch(/^\.env +PROBLEM/m)
  expect(ill.stdout).toContain('chmod 600 .env')
})

type Inspected = {
  Name: string
  Config: { User: string; Healthcheck?: { Test: string[] } }
  Mounts: { Source: string }[]
  HostConfig: {
    SecurityOpt: string[]
    Memory: number
    MemorySwap: number
    PidsLimit: number
    NanoCpus: number
    Ulimits: object[]
    LogConfig: { Config: Record<string, string> }
    RestartPolicy: { Name: string }
    Tmpfs: Record<string, string>
    PortBindings: Record<string, object[]>
  }
}
