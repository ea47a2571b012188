import { appendFileSync, cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { exec, tryExec } from '../cli/io/exec.ts'
import { testInProof } from '../testing/proof.ts'
import { TestProject } from '../testing/test-project.ts'

// A repository that is not the toolkit's: the checkout of the test is the toolkit that it gets, at version 1.0.0.
let toolkit: TestProject
let folder: string
let images: string[]

const run = (argv: readonly [string, ...string[]], env: Record<string, string> = {}) =>
  tryExec(argv, { cwd: folder, quiet: true, env: { ...toolkit.environment(), IMAGE_REPOSITORY: '', ...env } })
const make = (...args: string[]) => run(['make', ...args])
const git = async (...args: string[]) => {
  const who = ['-c', 'user.name=e2e', '-c', 'user.email=e2e@localhost', '-c', 'protocol.file.allow=always']
  return (await exec(['git', ...who, ...args], { cwd: folder, quiet: true })).stdout.trimEnd()
}
const commit = async (message: string) => {
  await git('add', '--all')
  await git('commit', '--quiet', '--message', message)
}
const changed = async () => (await git('status', '--porcelain', '--untracked-files=all')).split('\n').filter(Boolean)
const init = (env: Record<string, string> = {}) => run(['sh', join(toolkit.folder, 'scripts/setup/init.sh')], env)
const wholeImages = async () =>
  (
    await exec(['docker', 'images', '--format', '{{.Repository}}:{{.Tag}}', 'dartagnan/toolkit-whole'], { quiet: true })
  ).stdout.split('\n')

// Its variables are called as settings and options are, and exported.
const MAKEFILE = 'APP_DIR = nowhere\nVERSION = 9\nexport\nbuild: ; @echo mine builds\ntest: ; @echo mine tests\n'
let before: string

beforeAll(async () => {
  toolkit = await TestProject.create({ own: true })
  images = await wholeImages()
  folder = join(toolkit.folder, '.cache/my shop')
  cpSync('scripts/scenarios/strangers/greeter', folder, { recursive: true })
  writeFileSync(join(folder, 'Makefile'), MAKEFILE)
  await git('init', '--quiet', '--initial-branch', 'main')
  await commit('First')
  await git('tag', 'v3.1.0')
  before = await git('rev-parse', 'HEAD^{tree}')
})
afterAll(async () => {
  const made = (await wholeImages()).filter((name) => name && !images.includes(name))
  if (made.length > 0) await tryExec(['docker', 'image', 'rm', '--force', ...made], { quiet: true })
  await toolkit[Symbol.asyncDispose]()
})

test('init must look and propose, and write nothing before it may', async () => {
  const { stdout, exitCode, stderr } = await init()
  expect(exitCode, stderr).toBe(0)
  expect(stdout).toContain('build, test of Makefile stay as they are')
  expect(stdout).toContain('proposed: nothing was written')
  expect(await changed()).toEqual([])
})

test('one command and make ship must bring a repository live, and add only what init has listed', async () => {
  const { stdout, exitCode, stderr } = await init({ WRITE: '1' })
  expect(exitCode, stderr).toBe(0)
  const files = ['A  .dartagnan', 'A  .gitmodules', ' M Makefile', '?? .gitignore', '?? dartagnan.env']
  expect((await changed()).toSorted()).toEqual(files.toSorted())
  for (const file of ['dartagnan.env (written)', 'Makefile (at its end)', '.gitignore (at its end)'])
    expect(stdout).toContain(file)
  await commit('Add the toolkit')
  await git('tag', 'v3.1.1')
  const shipped = await make('ship')
  expect(shipped.stdout, shipped.stderr).toMatch(/^deployed: 3\.1\.1 at http/m)
  expect(await (await fetch(`${toolkit.url}/health`)).status).toBe(200)
  expect(await changed()).toEqual([])
  for (const name of ['node_modules', 'package-lock.json', 'compose', 'reports'])
    expect(existsSync(join(folder, name))).toBe(false)
  expect((await make('build')).stdout).toBe('mine builds\n')
  expect((await make('dartagnan-build')).stdout).toMatch(/^unchanged: 3\.1\.1/)
})

test('a clone that a colleague makes must need nothing more', async () => {
  const clone = join(toolkit.folder, '.cache/clone')
  await git('clone', '--quiet', folder, clone)
  // git follows a path to a submodule only where it is told to; an address needs none of this.
  const allow = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'protocol.file.allow', GIT_CONFIG_VALUE_0: 'always' }
  const env = { ...toolkit.environment(), IMAGE_REPOSITORY: '', ...allow }
  const { stdout, stderr } = await tryExec(['make', 'setup', 'status'], { cwd: clone, quiet: true, env })
  expect(stdout, stderr).toMatch(/^app .* 3\.1\.1 /m)
})

const inBelow = async (argv: readonly [string, ...string[]]) => {
  const env = { ...toolkit.environment(), IMAGE_REPOSITORY: '', PROJECT: '', PORT: '', WRITE: '1' }
  return await tryExec(argv, { cwd: join(toolkit.folder, '.cache/below'), quiet: true, env })
}
test('a second init must read what the first one read, and write nothing, where a folder below is built', async () => {
  const below = join(toolkit.folder, '.cache/below')
  cpSync('scripts/scenarios/strangers/greeter', join(below, 'app'), { recursive: true })
  const compose =
    'services: {app: {build: ./app, ports: ["5000:5000"], env_file: .env, environment: {A: b, DB_PASSWORD: first}}}\n'
  writeFileSync(join(below, 'compose.yaml'), compose)
  writeFileSync(join(below, '.env'), 'GREETING=hello\n')
  const inside = async (argv: readonly [string, ...string[]]) => (await inBelow(argv)).stdout
  const who = ['-c', 'user.name=e2e', '-c', 'user.email=e2e@localhost']
  await inside(['git', 'init', '--quiet'])
  await inside(['git', 'add', '--all'])
  await inside(['git', ...who, 'commit', '--quiet', '--message', 'First'])
  const run = () => inside(['sh', join(toolkit.folder, 'scripts/setup/init.sh')])
  expect(await run()).toMatch(
    /^PROJECT=below\nAPP_COMPOSE=.*dartagnan\.compose\.yaml\n[\s\S]*^APP_DIR=app$[\s\S]*\nwritten\n/m,
  )
  const settings = readFileSync(join(below, 'dartagnan.env'), 'utf8')
  // The port of this host is none of the repository's.
  appendFileSync(join(below, '.env'), 'PORT=8713\n')
  expect(await run()).toMatch(/^compose .*compose\.yaml: app [\s\S]*\nunchanged\n/m)
  expect(readFileSync(join(below, 'dartagnan.env'), 'utf8')).toBe(settings)
  writeFileSync(join(below, 'compose.yaml'), compose.replace('first', 'second'))
  expect(await run()).toMatch(/^APP_DB_PASSWORD=… {3}# not shown$[\s\S]*\nwritten\n/m)
  expect(readFileSync(join(below, '.env'), 'utf8')).toMatch(
    /^GREETING=hello\nPORT=8713\n# .*\nAPP_DB_PASSWORD=second\n\n$/,
  )
})

test('where the image needs what was mounted, a change of the Dockerfile must reach the image, or be refused', async () => {
  const at = (file: string) => join(toolkit.folder, '.cache/below', file)
  const edit = (file: string, from: string, to: string) =>
    writeFileSync(at(file), readFileSync(at(file), 'utf8').replace(from, to))
  edit('compose.yaml', 'ports:', 'volumes: ["./app:/other"], ports:')
  expect((await inBelow(['make', 'init'])).stdout).toContain('--- app/dartagnan.app.Dockerfile (written)')
  edit('app/Dockerfile', 'WORKDIR', 'ENV ADDED=1\nWORKDIR')
  const { stderr } = await inBelow(['make', 'build'])
  const [, command = ''] =
    /^error: app\/dartagnan\.app\.Dockerfile is what is built, and app\/Dockerfile, .* has changed since\n +next: (make \S+) WRITE=1 /m.exec(
      stderr,
    ) ?? []
  expect((await inBelow(['sh', '-c', command])).stdout, stderr).toContain('Dockerfile (written)')
  expect(readFileSync(at('app/dartagnan.app.Dockerfile'), 'utf8')).toMatch(/^ENV ADDED=1$/m)
})

testInProof('a bundle must bring the toolkit to a host that has neither', async () => {
  const bundled = await make('bundle')
  expect(bundled.stdout, bundled.stderr).toMatch(/^bundled: 3\.1\.1 .* in \.dartagnan\/out\/bundles\//m)
  const there = join(toolkit.folder, '.cache/there')
  mkdirSync(there)
  const [file = ''] = globSync(join(folder, '.dartagnan/out/bundles/*.tar'))
  await exec(['tar', '--extract', '--file', file, '--strip-components=1', '--directory', there], { quiet: true })
  const own = { PROJECT: `${toolkit.name}x`, PORT: String(toolkit.port + 1) }
  const env = { ...toolkit.environment(), IMAGE_REPOSITORY: '', ...own }
  const go = (...args: string[]) => tryExec(['make', ...args], { cwd: there, quiet: true, env })
  onTestFinished(async () => void (await go('destroy', `CONFIRM=${own.PROJECT}`, 'FORCE=no-snapshot')))
  const { stdout, stderr } = await go('load', 'deploy')
  expect(stdout, stderr).toMatch(/^loaded: 3\.1\.1, \d images\ndeployed: 3\.1\.1 at /m)
})

testInProof(
  'upgrade must show the changelog between, serve on, go back, and refuse what cannot read the ledger',
  async () => {
    const release = async (version: string, ...changes: [string, RegExp, string][]) => {
      for (const [file, from, to] of changes) {
        const text = readFileSync(join(toolkit.folder, file), 'utf8')
        expect(text).toMatch(from)
        toolkit.write(file, text.replace(from, to))
      }
      await toolkit.commit(version)
    }
    await release(
      '1.1.0',
      ['CHANGELOG.md', /## Unreleased\n/, '## Unreleased\n\n- It sings.\n'],
      ['compose/any.yaml', /$/, '# another toolkit\n'],
    )
    const upgraded = await make('upgrade')
    expect(upgraded.stdout, upgraded.stderr).toMatch(/^- It sings\.$[\s\S]*^upgraded: v1\.0\.0 → v1\.1\.0$/m)
    expect(await changed()).toEqual(['M  .dartagnan'])
    expect((await make('setup', 'status')).stdout).toContain('3.1.1')
    expect((await make('upgrade')).stdout).toBe('unchanged: v1.1.0\n')
    expect((await make('upgrade', 'VERSION=1.0.0')).stdout).toMatch(
      /^- It sings\.$[\s\S]*^upgraded: v1\.1\.0 → v1\.0\.0$/m,
    )
    expect((await make('setup', 'status')).stdout).toContain('3.1.1')

    await release(
      '2.0.0',
      ['package.json', /"ledger": \d+/, '"ledger": 999'],
      ['scripts/state/records.ts', /LEDGER_FORMAT = \d+/, 'LEDGER_FORMAT = 999'],
    )
    expect((await make('upgrade', 'VERSION=2.0.0')).exitCode).toBe(0)
    expect((await make('setup', 'down')).exitCode).toBe(0)
    const refused = await make('upgrade', 'VERSION=1.0.0')
    expect(refused.stderr).toMatch(
      /^error: v1\.0\.0 of the toolkit cannot read the ledger of \S+: its format is 999, and v1\.0\.0 reads 1 at most\n +next: make upgrade/m,
    )
    await exec(['git', '-C', '.dartagnan', 'checkout', '--quiet', 'v1.0.0'], { cwd: folder, quiet: true })
    expect((await make('status')).stderr).toMatch(
      /^error: a newer toolkit has written the ledger of \S+: its format is 999/m,
    )
    await exec(['git', '-C', '.dartagnan', 'checkout', '--quiet', 'v2.0.0'], { cwd: folder, quiet: true })
    expect((await make('upgrade', 'VERSION=7.0.0')).stderr).toMatch(
      /^error: the toolkit has no version "7\.0\.0"; the newest are v2\.0\.0, v1\.1\.0, v1\.0\.0\n/m,
    )
  },
)

test('uninstall must leave the repository as it was before init', async () => {
  expect((await make('uninstall')).stdout).toContain('make uninstall WRITE=1')
  expect(existsSync(join(folder, '.dartagnan/dartagnan.mk'))).toBe(true)
  const { exitCode, stderr } = await make('uninstall', 'WRITE=1')
  expect(exitCode, stderr).toBe(0)
  await git('add', '--all')
  expect(await git('write-tree')).toBe(before)
  expect(readFileSync(join(folder, 'Makefile'), 'utf8')).toBe(MAKEFILE)
})

testInProof(
  'an application in a folder of a repository must be a project of its own, with the package of npm',
  async () => {
    const top = join(toolkit.folder, '.cache/monorepo')
    folder = join(top, 'services/greeter')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(top, 'README'), 'Several applications')
    cpSync('scripts/scenarios/strangers/greeter', folder, { recursive: true })
    await exec(['git', 'init', '--quiet', '--initial-branch', 'main', top], { quiet: true })
    await git('add', '--all', top)
    await git('commit', '--quiet', '--message', 'First')
    await exec(['sh', join(toolkit.folder, 'scripts/setup/pack.sh'), top], { quiet: true })
    const npx = ['npx', '--yes', '--package', join(top, 'dartagnan-0.1.0.tgz'), 'dartagnan'] as const
    const { exitCode, stderr } = await run(npx, { WRITE: '1' })
    expect(exitCode, stderr).toBe(0)
    rmSync(join(top, 'dartagnan-0.1.0.tgz'))
    await git('add', '--all', top)
    await git('commit', '--quiet', '--message', 'Add the toolkit')
    await git('tag', 'v4.0.0')
    writeFileSync(join(top, 'README'), 'A change elsewhere is no change of this one')
    const built = await make('build')
    expect(built.stdout, built.stderr).toMatch(/^built: 4\.0\.0,/m)
  },
)
