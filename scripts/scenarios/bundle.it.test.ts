import {
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
import { exec } from '../cli/io/exec.ts'
import { Machine, makeNetwork } from '../testing/test-engine.ts'
import { World } from '../testing/test-project.ts'

// A host that has Docker and Make, and no network at all: what it has, a bundle has brought.
let world: World
let host: Machine
let folder: string
let file: string
const settings = () => ({ PORT: String(world.port), BAKE_TIME: '1', DARTAGNAN_CHECK: '1' })
const bundle = async (env: Record<string, string> = {}) =>
  JSON.parse((await world.must('bundle', { JSON: '1', ...env })).stdout) as { file: string; sha256: string }
/** Unpacks the bundle as a user does, into a folder that the host shares. */
async function unpack(name: string): Promise<string> {
  const into = join(world.folder, '.cache', name)
  mkdirSync(into, { recursive: true })
  await exec(['tar', '-xf', join(world.folder, file)], { cwd: into, quiet: true })
  return join(into, readdirSync(into)[0] ?? '')
}

beforeAll(async () => {
  world = await World.create()
  await makeNetwork(world, '--internal')
  host = await Machine.start(world, 'host', { bare: true })
  world.write('secrets/password', 'porthos\n')
  for (const name of ['own', 'other'])
    await exec(['cosign', 'generate-key-pair', '--output-key-prefix', join(world.folder, 'secrets', name)], {
      env: { COSIGN_PASSWORD: 'porthos' },
      quiet: true,
    })
  await exec(['chmod', '-R', 'go=', join(world.folder, 'secrets')], { quiet: true })
  await world.must('build tag', { FORCE: '1' })
}, 300_000)
afterAll(async () => await world[Symbol.asyncDispose]())

test('one release must make one bundle: the same bytes each time, but for a signature', async () => {
  const first = await bundle({ SIGNING_KEY_FILE: '', SIGNING_PASSWORD_FILE: '' })
  rmSync(join(world.folder, first.file))
  file = (await bundle({ SIGNING_KEY_FILE: 'secrets/own.key', SIGNING_PASSWORD_FILE: 'secrets/password' })).file
  expect(readdirSync(join(world.folder, 'bundles'))).toEqual([basename(file)])
  const [name, unsigned] = [basename(file, '.tar'), join(world.folder, '.cache', 'unsigned.tar')]
  mkdirSync(dirname(unsigned), { recursive: true })
  await exec(['cp', join(world.folder, file), unsigned], { quiet: true })
  await exec(['tar', '--delete', '--file', unsigned, `${name}/SHA256SUMS.sig`], { quiet: true })
  const { stdout } = await exec(['sha256sum', unsigned], { quiet: true })
  expect(stdout.split(' ')[0]).toBe(first.sha256)
  rmSync(unsigned)
})

test('what the image consists of and where it comes from must be in the bundle, and of the same sums as all else', async () => {
  const folder = await unpack('origin')
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  const { image } = JSON.parse(read('bundle.json')) as { image: string }
  const { components } = JSON.parse(read('sbom.cdx.json')) as { components: { purl: string }[] }
  expect(components.some(({ purl }) => /^pkg:(pypi\/|deb\/debian\/python3-)flask@/i.test(purl))).toBe(true)
  expect(JSON.parse(read('provenance.json'))).toMatchObject({ subject: [{ digest: { sha256: image.slice(7) } }] })
  expect(read('SHA256SUMS')).toMatch(/^[0-9a-f]{64} {2}provenance\.json\n(.*\n)*[0-9a-f]{64} {2}sbom\.cdx\.json$/m)
  rmSync(folder, { recursive: true })
})

test('a bundle that is damaged must be refused before anything of it is used', async () => {
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
  const answer = await host.run('curl', '--silent', `${world.url}/healthz`)
  expect(JSON.parse(answer.stdout)).toMatchObject({ version: '1.0.0' })
  const again = await host.make('deploy', settings(), folder)
  expect(again.stdout).toContain('unchanged: 1.0.0')
  // The bundle's version is what a deploy is of, and nothing that a rollback was asked for.
  const back = await host.make('rollback', settings(), folder)
  expect(back.stderr).toContain('cannot roll back: there is no earlier good release')
})

test('with VERIFY_KEY_FILE only what that key has signed must be loaded, or deployed', async () => {
  const keys = (name: string) => ({ ...settings(), VERIFY_KEY_FILE: `secrets/${name}.pub` })
  cpSync(join(world.folder, 'secrets'), join(folder, 'secrets'), { recursive: true })
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

test('a checkout must take a bundle on as well, and nothing of it but what it names', async () => {
  const { stdout } = await world.must('load', { BUNDLE: file })
  expect(stdout).toContain('loaded: 1.0.0')
  const evil = join(world.folder, '.cache', 'evil')
  mkdirSync(join(evil, 'x'), { recursive: true })
  writeFileSync(join(evil, 'x', 'bundle.json'), '{}')
  writeFileSync(join(evil, 'outside'), 'outside')
  const pack = [
    'tar',
    '--create',
    '--absolute-names',
    '--file',
    join(world.folder, 'evil.tar'),
    '--directory',
    evil,
  ] as const
  await exec([...pack, 'x/bundle.json', join(evil, 'outside')], { quiet: true })
  rmSync(join(evil, 'outside'))
  const refused = await world.make('load', { BUNDLE: 'evil.tar' })
  expect(refused.exitCode).not.toBe(0)
  expect(refused.stderr).toContain('BUNDLE="evil.tar" is incomplete')
  expect(readdirSync(evil)).toEqual(['x'])
  expect((await world.make('load', { BUNDLE: '--help' })).stderr).toContain('cannot be read as a bundle')
})
