import {
  chmodSync,
  cpSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec, tryExec } from '../cli/io/exec.ts'
import { PROJECT_LABEL } from '../docker/labels.ts'
import { ledgerPath } from '../state/io/ledger.ts'
import { testRun } from '../state/io/lock.ts'
import { makeNetwork, TestEngine } from '../testing/test-engine.ts'
import { TestProject } from '../testing/test-project.ts'

// A host with Docker and Make but no network: everything else it has came in a bundle. The release has a second image of its own.
const WORKER = `FROM python:3.13-slim-trixie
USER 10001
CMD ["python", "-c", "import signal; signal.pause()"]
`
let project: TestProject
let host: TestEngine
let folder: string
let file = ''
const SIGNED = { SIGNING_KEY_FILE: 'secrets/own.key', SIGNING_PASSWORD_FILE: 'secrets/password' }
const NAMED = { HOSTS: 'journal.test', TLS: 'local' }
const settings = () => ({ PORT: String(project.port), BAKE_TIME: '1', DARTAGNAN_CHECK: testRun() })
const bundle = async (env: Record<string, string> = {}) =>
  JSON.parse((await project.must('bundle', { JSON: '1', ...env })).stdout) as { file: string; sha256: string }
/** Unpacks the bundle as a user does, into a folder that the host shares. */
async function unpack(name: string): Promise<string> {
  const into = join(project.folder, '.cache', name)
  mkdirSync(into, { recursive: true })
  await exec(['tar', '-xf', join(project.folder, file)], { cwd: into, quiet: true })
  return join(into, readdirSync(into)[0] ?? '')
}

beforeAll(async () => {
  project = await TestProject.create({ own: true })
  await makeNetwork(project, '--internal')
  host = await TestEngine.start(project, 'host', { bare: true })
  project.write('secrets/password', 'porthos\n')
  for (const name of ['own', 'other'])
    await exec(['cosign', 'generate-key-pair', '--output-key-prefix', join(project.folder, 'secrets', name)], {
      env: { COSIGN_PASSWORD: 'porthos' },
      quiet: true,
    })
  await exec(['chmod', '-R', 'go=', join(project.folder, 'secrets')], { quiet: true })
  project.write('worker/Dockerfile', WORKER)
  const worker = { build: '../worker', networks: ['default'], tmpfs: ['/tmp'] }
  project.write('compose/worker.yaml', JSON.stringify({ services: { worker } }))
  project.write('.env', 'APP_COMPOSE=compose/app.yaml:compose/worker.yaml\n')
  chmodSync(join(project.folder, '.env'), 0o600)
  await project.git('add', '--all')
  await project.git('commit', '--quiet', '--amend', '--no-edit')
  await project.git('tag', '--force', 'v1.0.0')
  await project.must('build tag', { FORCE: 'untested' })
})
afterAll(async () => await project[Symbol.asyncDispose]())

test('one release must make one bundle: the same bytes each time, but for a signature', async () => {
  const first = await bundle({ SIGNING_KEY_FILE: '', SIGNING_PASSWORD_FILE: '' })
  rmSync(join(project.folder, first.file))
  file = (await bundle(SIGNED)).file
  expect(readdirSync(join(project.folder, 'bundles'))).toEqual([basename(file)])
  const [name, unsigned] = [basename(file, '.tar'), join(project.folder, '.cache', 'unsigned.tar')]
  mkdirSync(dirname(unsigned), { recursive: true })
  await exec(['cp', join(project.folder, file), unsigned], { quiet: true })
  await exec(['tar', '--delete', '--file', unsigned, `${name}/SHA256SUMS.sig`], { quiet: true })
  const { stdout } = await exec(['sha256sum', unsigned], { quiet: true })
  expect(stdout.split(' ')[0]).toBe(first.sha256)
  rmSync(unsigned)
})

test("the bundle must hold the image's SBOM and provenance, covered by the same checksums as the rest", async () => {
  // As a killed run leaves it: a container that pins the image, with a volume without a name, and a lock that says whose it was.
  const labels = ['--label', 'org.dartagnan=inventory', '--label', `${PROJECT_LABEL}=${project.name}`]
  const left = (await exec(['docker', 'create', ...labels, `e2e/${project.name}:1.0.0`, 'none'])).stdout.trim()
  const volume = (await exec(['docker', 'inspect', '--format', '{{(index .Mounts 0).Name}}', left])).stdout.trim()
  writeFileSync(ledgerPath(project.name, 'lock.holder'), '{}')
  file = (await bundle({ ...SIGNED, ...NAMED })).file
  expect((await tryExec(['docker', 'volume', 'inspect', volume])).exitCode).not.toBe(0)
  const filter = ['--filter', 'label=org.dartagnan=inventory', '--filter', `label=${PROJECT_LABEL}=${project.name}`]
  expect((await exec(['docker', 'ps', '--all', '--quiet', ...filter])).stdout).toBe('')
  const folder = await unpack('origin')
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  const { image } = JSON.parse(read('bundle.json')) as { image: string }
  const { components } = JSON.parse(read('sbom.cdx.json')) as { components: { purl: string }[] }
  expect(components.some(({ purl }) => /^pkg:(pypi\/|deb\/debian\/python3-)flask@/i.test(purl))).toBe(true)
  expect(JSON.parse(read('provenance.json'))).toMatchObject({ subject: [{ digest: { sha256: image.slice(7) } }] })
  expect(read('SHA256SUMS')).toMatch(/^[0-9a-f]{64} {2}worker\.sbom\.cdx\.json$/m)
  expect(read('SHA256SUMS')).toMatch(/^[0-9a-f]{64} {2}provenance\.json\n(.*\n)*[0-9a-f]{64} {2}sbom\.cdx\.json$/m)
  rmSync(folder, { recursive: true })
})

test('a damaged bundle must be refused before any part of it is used', async () => {
  const damaged = await unpack('damaged')
  const images = openSync(join(damaged, 'images.tar.gz'), 'r+')
  writeSync(images, 'x', 100_000)
  const { stderr, exitCode } = await host.make('load', settings(), damaged)
  expect(exitCode).not.toBe(0)
  expect(stderr).toMatch(/the bundle is damaged: images\.tar\.gz: FAILED\n +next: copy it again/)
  expect(await host.docker('image', 'ls', '--quiet')).toBe('')
})

test('a host without a network must load the bundle, and deploy from it', async () => {
  folder = await unpack('host')
  const early = await host.make('deploy', settings(), folder)
  expect(early.stderr).toMatch(/the images of this bundle are not on the engine\n +next: make load/)
  const { stdout, stderr, exitCode } = await host.make('load deploy', settings(), folder)
  expect(exitCode, stderr).toBe(0)
  expect(stdout).toMatch(/loaded: 1\.0\.0, \d images\ndeployed: 1\.0\.0 at /)
  const answer = await host.run('curl', '--silent', `${project.url}/healthz`)
  expect(JSON.parse(answer.stdout)).toMatchObject({ version: '1.0.0' })
  const runs = await host.docker('inspect', '--format', '{{.Image}}', `${project.name}-worker-1`)
  const { built } = JSON.parse(readFileSync(join(folder, 'bundle.json'), 'utf8')) as { built: { worker: string } }
  expect(runs).toBe(built.worker)
  expect(await host.docker('image', 'inspect', '--format', '{{.Id}}', `e2e/${project.name}-worker:1.0.0`)).toBe(runs)
  // The bundle has brought the gate, too.
  const again = await host.make('deploy', { ...settings(), ...NAMED }, folder)
  expect(again.stdout, again.stderr).toContain('unchanged: 1.0.0')
  const asked = ['--silent', '--insecure', '--resolve', 'journal.test:443:127.0.0.1']
  expect((await host.run('curl', ...asked, 'https://journal.test/healthz')).stdout).toContain('"version":"1.0.0"')
  // The bundle's version is what a deploy is of, and nothing that a rollback was asked for.
  const back = await host.make('rollback', settings(), folder)
  expect(back.stderr).toContain('cannot roll back: there is no earlier good release')
})

test('with VERIFY_KEY_FILE only images that this key has signed must be loaded or deployed', async () => {
  const keys = (name: string) => ({ ...settings(), VERIFY_KEY_FILE: `secrets/${name}.pub` })
  cpSync(join(project.folder, 'secrets'), join(folder, 'secrets'), { recursive: true })
  const signature = join(folder, 'SHA256SUMS.sig')
  renameSync(signature, `${signature}.away`)
  const unsigned = await host.make('load', keys('own'), folder)
  expect(unsigned.exitCode).not.toBe(0)
  expect(unsigned.stderr).toContain('has not signed this bundle')
  expect((await host.make('deploy', keys('own'), folder)).stderr).toContain('so nobody has signed it')
  renameSync(`${signature}.away`, signature)
  expect((await host.make('load', keys('other'), folder)).stderr).toContain('has not signed this bundle')
  const good = await host.make('load deploy', keys('own'), folder)
  expect(good.exitCode, good.stderr).toBe(0)
})

test('a checkout must load a bundle too', async () => {
  const { stdout } = await project.must('load', { BUNDLE: file })
  expect(stdout).toContain('loaded: 1.0.0')
})
