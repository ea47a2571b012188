import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { exec, tryExec } from '../cli/io/exec.ts'
import { TEST_LABEL } from '../docker/labels.ts'
import { lockedImage } from '../image/io/images.ts'
import { testRun } from '../state/io/lock.ts'
import { casesOf } from '../testing/proof.ts'
import { TestProject } from '../testing/test-project.ts'

// `make X` as a user types it: through the toolkit container, not inside it.
let project: TestProject
const make = (args: string[], env: Record<string, string | undefined> = {}, cwd = project.folder) =>
  tryExec(['make', ...args], { cwd, quiet: true, env: { ...project.environment(), ...env } })
const marker = resolve('.cache/hostile')

beforeAll(async () => {
  project = await TestProject.create({ own: true })
})
afterAll(async () => await project[Symbol.asyncDispose]())

test('make alone must print every target with what it does', async () => {
  const { stdout, exitCode } = await make([])
  expect(exitCode).toBe(0)
  for (const target of ['setup', 'ship', 'deploy', 'doctor', 'check'])
    expect(stdout).toMatch(new RegExp(`^  make ${target} +\\S`, 'm'))
})

test('make -n must change nothing', async () => {
  const { stdout } = await make(['-n', 'deploy', 'clean', 'setup'])
  expect(stdout).toContain('toolkit.sh deploy')
  expect((await make(['status'])).stdout).toContain('nothing runs')
})

test('a target must work in an environment that holds PATH and HOME alone', async () => {
  // A home of this host's: that of the toolkit's container is another.
  const [PATH, HOME] = [process.env['PATH'], project.folder]
  const empty = Object.fromEntries(
    Object.keys({ ...process.env, ...project.environment() }).map((name) => [name, undefined]),
  )
  const { stdout, exitCode, stderr } = await make(['status'], { ...empty, PATH, HOME })
  expect(exitCode, stderr).toBe(0)
  expect(stdout).toContain('journal: ')
})

test('a worktree must have the versions of its repository, which lies elsewhere', async () => {
  const worktree = join(project.folder, '.cache/work tree')
  await project.git('worktree', 'add', '--quiet', '--detach', worktree)
  onTestFinished(async () => void (await project.git('worktree', 'remove', '--force', worktree)))
  await exec(['cp', '--archive', '--link', 'node_modules', worktree], { cwd: project.folder, quiet: true })
  const { stderr } = await make(['deploy'], {}, worktree)
  expect(stderr).toContain('version "1.0.0" is not tagged on this engine')
})

test("a script on a shell's standard input must continue after a target, and a closed input must work", async () => {
  const input = 'make status && echo reached\nmake status <&- && echo closed\n'
  const options = { cwd: project.folder, quiet: true, env: project.environment(), input }
  const { stdout, stderr } = await tryExec(['bash'], options)
  expect(stdout, stderr).toMatch(/nothing runs[\s\S]*^reached$[\s\S]*nothing runs[\s\S]*^closed$/m)
})

const VALUES = [
  ['a command', `$(touch ${marker})`],
  ['a command of make', `$(shell touch ${marker})`],
  ['backticks', `\`touch ${marker}\``],
  ['quotes', `"; touch ${marker}; '`],
  ['lines', `1.0.0\ntouch ${marker}`],
  ['a leading dash', '--help'],
] as const
test.each(casesOf(VALUES, ([what]) => /make|lines|dash/.test(what)))(
  'a value with %s must be data, from the command line and from the environment [fault 72] [security 35]',
  async (_, value) => {
    for (const result of [
      await make(['deploy', `VERSION=${value}`]),
      await make(['deploy'], { VERSION: value }),
      await make(['build', `REF=${value}`]),
    ]) {
      expect(result.exitCode).not.toBe(0)
      expect(result.stderr).toContain(JSON.stringify(value))
      expect(existsSync(marker)).toBe(false)
    }
  },
)

const VARIABLES = [
  ['HOME', `$(shell touch ${marker})`],
  ['DOCKER_HOST', `unix://$(shell touch ${marker})`],
  ['DOCKER_HOST', `unix://';touch\${IFS}${marker};'`],
  ['BUNDLE', `$(shell touch ${marker})`],
  ['AFTER', `touch ${marker};`],
] as const
test.each(casesOf(VARIABLES, (_, index) => index % 2 === 0))(
  '%s of the environment must be data to make: %s',
  async (name, value) => {
    onTestFinished(() => rmSync(marker, { force: true }))
    for (const target of ['status', 'load']) await make([target], { [name]: value })
    expect(existsSync(marker)).toBe(false)
  },
)

test("only targets that reach other hosts must see the caller's keys, whatever the path of the home folder", async () => {
  const home = join(project.folder, 'a %20 home')
  const files = ['.ssh', 'agent', '.docker/contexts', '.docker/config.json', '.npmrc']
  for (const file of files) project.write(join('a %20 home', file, file.includes('.json') ? '' : 'x'), '')
  onTestFinished(() => rmSync(join(project.folder, 'a %20 home'), { recursive: true }))
  const keysOf = async (target: string, given: Record<string, string | undefined> = {}) => {
    const own = { HOME: home, SSH_AUTH_SOCK: join(home, 'agent'), DOCKER_CONFIG: undefined, SHARED: '' }
    const env = { ...project.environment(), ...own, NPM_CONFIG_USERCONFIG: undefined, ...given }
    const script = '. scripts/setup/caller.sh "$1"; env'
    const argv = ['bash', '-euo', 'pipefail', '-c', script, '-', target] as const
    const { stdout } = await tryExec(argv, { cwd: project.folder, quiet: true, env })
    const line = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(stdout)?.[1]
    return ['SSH_FOLDER', 'SSH_AGENT', 'DOCKER_CONTEXTS', 'DOCKER_LOGINS', 'NPMRC'].map(line)
  }
  const all = files.map((file) => join(home, file))
  const none = Array.from({ length: 3 }, () => '/dev/null')
  for (const target of ['deploy', 'release']) expect(await keysOf(target)).toEqual(all)
  expect(await keysOf('build', { SSH_FOLDER: home })).toEqual([...none, ...all.slice(3)])
  const elsewhere = { HOME: '/root', SSH_AUTH_SOCK: '/dev/zero', SHARED: 'checkout' }
  expect(await keysOf('deploy', elsewhere)).toEqual([...none, '/dev/null', '/dev/null'])
})

test.each([
  ['a variable', ['deploy', 'VRESION=1'], 'there is no variable "VRESION"; did you mean VERSION?'],
  ['a target', ['build', 'dploy'], 'there is no target "dploy"; did you mean deploy?'],
])('%s that does not exist must be refused in one line, before anything runs', async (_, args, says) => {
  // The parent of this test is make as well: a user's is not.
  const { stdout, stderr, exitCode } = await make(args, { MAKELEVEL: undefined, MAKEFLAGS: undefined })
  expect(exitCode).not.toBe(0)
  expect(stderr).toMatch(/^error: [^\n]*\n {2}next: make /)
  expect(stderr).toContain(says)
  expect(stdout).toBe('')
})

test.each([['help', 'deploy'], ['deploy', 'help'], ['help-deploy']])(
  'make %s %s must explain, and run nothing',
  async (...args) => {
    // Without an engine, as on a host that is not set up.
    const { stdout, stderr, exitCode } = await make(args, { DOCKER_HOST: 'unix:///nope' })
    expect(exitCode, stderr).toBe(0)
    expect(stdout).toMatch(/^make deploy: [\s\S]*VERSION=1\.4\.2[\s\S]*\nChanges: /)
    expect((await make(['status'])).stdout).toContain('nothing runs')
  },
)

test('code that zx or a shell would take from the environment must not run [security 33]', async () => {
  const inside = await project.make('status', { ZX_PREFIX: `touch ${marker};`, BASH_ENV: marker })
  expect(inside.exitCode, inside.stderr).toBe(0)
  expect(existsSync(marker)).toBe(false)
})

test.each([
  ['a bad value', 'PORT=http\n', /PORT="http" in \.env: expects a whole number/],
  ['an unknown key', 'PROT=8080\n', /unknown key "PROT"/],
  [
    'a value that dotenv and Compose read differently',
    'APP_NOTE=a$b\n',
    /APP_NOTE in \.env reads as "a\$b" to dotenv and as "a" to Compose/,
  ],
])('a .env with %s must be refused in one line, with what to do', async (_, text, says) => {
  project.write('.env', text)
  const { stderr, exitCode } = await make(['status'], { PORT: undefined })
  rmSync(join(project.folder, '.env'))
  expect(exitCode).not.toBe(0)
  expect(stderr).toMatch(says)
  expect(stderr).toMatch(/^ +next: \S/m)
  expect(stderr).not.toMatch(/^ +at /m)
})

test('a port in use must stop the deploy before it starts [fault 42]', async () => {
  await project.must('build tag', { FORCE: 'untested' })
  const server = createServer().listen(project.port, '127.0.0.1')
  const { stderr, exitCode } = await make(['deploy'])
  server.close()
  expect(exitCode).not.toBe(0)
  expect(stderr).toContain(`port ${project.port} of 127.0.0.1 is taken`)
  expect((await make(['status'])).stdout).toContain('nothing runs')
})

test('an engine that does not answer must be reported in one line, with the next command [fault 63]', async () => {
  const { stderr, exitCode } = await make(['status'], { DOCKER_HOST: 'unix:///nope' })
  expect(exitCode).not.toBe(0)
  expect(stderr).toMatch(/no Docker engine answers at unix:\/\/\/nope\n +next: make setup/)
})

test('a toolkit that is not set up must be reported in one line, with the next command', async () => {
  project.write('compose/images/toolkit/another', 'another input')
  const { stderr } = await make(['status'])
  rmSync(join(project.folder, 'compose/images/toolkit/another'))
  expect(stderr).toMatch(/the toolkit of this checkout is not set up.*\n +next: make setup/)
})

test('a full disk must be reported in one line, with the next command', async () => {
  project.write('bin/df', '#!/bin/sh\necho header\necho /dev/full 1 1 9 100% /full\n')
  chmodSync(join(project.folder, 'bin/df'), 0o755)
  const PATH = `${project.folder}/bin:${process.env['PATH']}`
  const { stderr, exitCode } = await make(['build'], { PATH })
  expect(exitCode).not.toBe(0)
  expect(stderr).toMatch(/less than 200 MB is free on the disk of \/full\n +next: make clean/)
  expect((await make(['status'], { PATH })).exitCode).toBe(0)
})

test.each([
  ['Fedora', 'ID=fedora', /sudo dnf install -y moby-engine/],
  ['an unknown system', 'ID=plan9\nPRETTY_NAME="Plan 9"', /this is Plan 9\n +next: install Docker Engine 24 or newer/],
])('setup on %s without an engine must end in what to type, and install nothing', async (_, release, says) => {
  project.write('os-release', release)
  const mounts = [
    '--volume',
    `${project.folder}:/checkout:ro`,
    '--volume',
    `${project.folder}/os-release:/etc/os-release:ro`,
  ]
  const bare = [
    'docker',
    'run',
    '--rm',
    '--label',
    `${TEST_LABEL}=${testRun()}`,
    ...mounts,
    '--workdir',
    '/checkout',
    lockedImage('python').reference,
  ] as const
  const { stderr, exitCode } = await tryExec([...bare, 'sh', 'scripts/setup/bootstrap.sh'], { quiet: true })
  expect(exitCode).not.toBe(0)
  expect(stderr).toMatch(says)
})

test('a checkout whose path has a space must work, and what is written there must belong to the caller', async () => {
  const folder = `${project.folder} with spaces`
  onTestFinished(() => rmSync(folder, { recursive: true }))
  await exec(['cp', '--archive', project.folder, folder], { quiet: true })
  await tryExec(['chown', '-R', '4242:4242', folder], { quiet: true })
  const group = String(statSync('/var/run/docker.sock').gid)
  const as = ['setpriv', '--reuid', '4242', '--regid', '4242', '--groups', group] as const
  const env = { ...project.environment(), HOME: folder }
  const built = await tryExec([...as, 'make', 'build'], { cwd: folder, quiet: true, env })
  expect(built.exitCode, built.stderr).toBe(0)
  const foreign = readdirSync(join(folder, '.git'), { recursive: true, withFileTypes: true }).filter(
    (entry) => statSync(join(entry.parentPath, entry.name)).uid !== 4242,
  )
  expect(foreign).toEqual([])
})

test('a checkout must load only the files that the bundle lists [security 36]', async () => {
  const evil = join(project.folder, '.cache', 'evil')
  mkdirSync(join(evil, 'x'), { recursive: true })
  writeFileSync(join(evil, 'x', 'bundle.json'), '{}')
  writeFileSync(join(evil, 'outside'), 'outside')
  const pack = [
    'tar',
    '--create',
    '--absolute-names',
    '--file',
    join(project.folder, 'evil.tar'),
    '--directory',
    evil,
  ] as const
  await exec([...pack, 'x/bundle.json', join(evil, 'outside')], { quiet: true })
  rmSync(join(evil, 'outside'))
  const refused = await project.make('load', { BUNDLE: 'evil.tar' })
  expect(refused.exitCode).not.toBe(0)
  expect(refused.stderr).toContain('lies outside its folder')
  expect(readdirSync(evil)).toEqual(['x'])
  expect((await project.make('load', { BUNDLE: '--help' })).stderr).toContain('cannot be read as a bundle')
})
