import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec, tryExec } from '../cli/io/exec.ts'
import { waitFor } from '../cli/io/wait.ts'
import { lockedImage } from '../image/io/images.ts'
import { observe } from '../rollout/io/observe.ts'
import { addressOf } from '../testing/image.ts'
import { testInProof } from '../testing/proof.ts'
import { startRegistry } from '../testing/registry.ts'
import { makeNetwork, TestEngine } from '../testing/test-engine.ts'
import { TestProject } from '../testing/test-project.ts'

// An application, and a worker of a build of its own: a Dockerfile of another name, up to a stage that is not the last.
const SERVER = `
import http.server, json, os
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"version": os.environ["VERSION"]}).encode())
http.server.ThreadingHTTPServer(("", 8000), Answer).serve_forever()
`
const WEB = `FROM python:3.13-slim-trixie
ARG VERSION=unknown
ENV VERSION=$VERSION
COPY . /
COPY --from=jobs-image /jobs.py /public/
USER 10001
CMD ["python", "/server.py"]
`
// Nobody has the image of the last stage.
const JOBS = `FROM python:3.13-slim-trixie AS base
FROM base AS run
ARG GREETING=none
ENV GREETING=$GREETING
COPY jobs.py /jobs.py
USER 10001
CMD ["python", "/jobs.py"]
FROM registry.invalid/nobody/has:1 AS tools
COPY --from=run /jobs.py /
`
const jobs = (text: string) => `import signal\nprint(${JSON.stringify(text)}, flush=True)\nsignal.pause()\n`
const BESIDE = { extends: { file: `\${TOOLKIT_COMPOSE:-.}/beside.yaml`, service: 'beside' }, networks: ['default'] }
// The application takes files of the worker's image, under a name that no registry knows.
const WEB_BUILD = { context: '../shop/web', additional_contexts: { 'jobs-image': 'service:worker' } }
const COMPOSE = {
  services: {
    worker: {
      ...BESIDE,
      build: { context: '../shop/jobs', dockerfile: 'docker/Worker', target: 'run', args: { GREETING: 'hi' } },
    },
    cron: { ...BESIDE, build: WEB_BUILD, command: ['sleep', 'infinity'] },
    app: { build: WEB_BUILD },
  },
}
const SETTINGS = {
  ...{ APP_DIR: 'shop/web', APP_COMPOSE: 'compose/any.yaml:compose/shop.yaml', HEALTH_PATH: '/health' },
  APP_INTERNAL: 'true',
}
const UNTESTED = { ...SETTINGS, FORCE: 'untested' }

let project: TestProject
let host: TestEngine
const must = (targets: string, env: Record<string, string> = SETTINGS) => project.must(targets, env)
const idOf = async (name: string) =>
  (await exec(['docker', 'image', 'inspect', '--format', '{{.Id}}', name], { quiet: true })).stdout.trim()
const app = (version: string) => idOf(`e2e/${project.name}:${version}`)
const worker = (version: string) => idOf(`e2e/${project.name}-worker:${version}`)
const runIn = async (image: string, ...[program = '', ...args]: string[]) =>
  (await exec(['docker', 'run', '--rm', '--entrypoint', program, image, ...args], { quiet: true })).stdout
/** What the application has of the worker's image. */
const taken = async (version: string) => await runIn(await app(version), 'cat', '/public/jobs.py')
async function runs(service: string) {
  const found = (await observe(project.name)).containers.filter((one) => one.service === service)
  expect(found.map(({ status }) => status)).toEqual(['running'])
  return { id: found[0]?.id, image: found[0]?.image }
}

beforeAll(async () => {
  project = await TestProject.create({ own: true })
  project.write('shop/web/Dockerfile', WEB)
  project.write('shop/web/server.py', SERVER)
  project.write('shop/web/.dockerignore', '# all but one\n*\n!/server.py\n')
  project.write('shop/web/password.txt', 'of the author\n')
  project.write('shop/jobs/docker/Worker', JOBS)
  project.write('shop/jobs/jobs.py', jobs('one'))
  project.write('compose/shop.yaml', JSON.stringify(COMPOSE))
  await project.commit('2.0.0')
})
afterAll(async () => await project[Symbol.asyncDispose]())

test('several builds must be built, tested, tagged and deployed as one release', async () => {
  const built = await must('build')
  expect(built.stderr).toMatch(/built: worker, image [0-9a-f]{12} \(/)
  expect((await must('test')).stdout).toContain('passed: 2.0.0')
  await must('tag deploy')
  expect(await runs('worker')).toMatchObject({ image: await worker('2.0.0') })
  expect(await runs('cron')).toMatchObject({ image: await app('2.0.0') })
  const { stdout } = await exec(['docker', 'logs', `${project.name}-worker-1`], { quiet: true })
  expect(stdout).toContain('one')
  const env = await exec(['docker', 'image', 'inspect', '--format', '{{.Config.Env}}', await worker('2.0.0')])
  expect(env.stdout).toContain('GREETING=hi')
  expect(await taken('2.0.0')).toBe(jobs('one'))
  // What .dockerignore names is in no image: neither a file beside the code, nor the Dockerfile or itself.
  const below = ['find', '/', '-maxdepth', '1', '-type', 'f', '!', '-name', '.dockerenv']
  expect(await runIn(await app('2.0.0'), ...below)).toBe('/server.py\n')
  expect((await must('build')).stdout).toContain('unchanged')
})

test('a version that changes the application alone must leave the worker as it is', async () => {
  const before = await runs('worker')
  project.write('shop/web/server.py', `${SERVER}# another\n`)
  // In its context, but in no line of its Dockerfile.
  project.write('shop/jobs/notes.txt', 'another\n')
  await project.commit('2.1.0')
  await must('build tag deploy', UNTESTED)
  expect(await worker('2.1.0')).toBe(await worker('2.0.0'))
  expect(await runs('worker')).toEqual(before)
  expect(await runs('app')).toMatchObject({ image: await app('2.1.0') })
})

testInProof(
  'a run of tag that was killed must be completed by the next one, and nothing is deployed before',
  async () => {
    project.write('shop/jobs/jobs.py', jobs('two'))
    await project.commit('2.2.0')
    await must('build tag', UNTESTED)
    // The application's tag comes last.
    await exec(['docker', 'image', 'rm', `e2e/${project.name}:2.2.0`], { quiet: true })
    expect((await project.make('deploy', SETTINGS)).stderr).toContain('"2.2.0" is not tagged on this engine')
    expect((await must('tag', UNTESTED)).stderr).not.toContain('-worker')
    await must('deploy')
    expect(await runs('worker')).toMatchObject({ image: await worker('2.2.0') })
    expect(await worker('2.2.0')).not.toBe(await worker('2.1.0'))
    expect(await taken('2.2.0')).toBe(jobs('two'))
    const history = (await must('history', { JSON: '1' })).stdout
    expect(history).toContain(await worker('2.2.0'))
    await must('rollback')
    expect(await runs('worker')).toMatchObject({ image: await worker('2.1.0') })
    expect(await runs('app')).toMatchObject({ image: await app('2.1.0') })
  },
)

test('what cannot be built must be refused in one line', async () => {
  const wrong = async (build: object) => {
    project.write('compose/wrong.yaml', JSON.stringify({ services: { worker: { build } } }))
    const { stderr, exitCode } = await project.make('build', {
      ...SETTINGS,
      APP_COMPOSE: `${SETTINGS.APP_COMPOSE}:compose/wrong.yaml`,
    })
    rmSync(join(project.folder, 'compose/wrong.yaml'))
    expect(exitCode).not.toBe(0)
    return stderr
  }
  expect(await wrong({ target: 'none' })).toContain('shop/jobs/docker/Worker has no stage "none"')
  expect(await wrong({ dockerfile: 'No' })).toContain('there is no shop/jobs/No in this checkout')
})

testInProof('another host must deploy all images from the registry', async () => {
  await makeNetwork(project)
  const registry = await startRegistry(project, 'marker-of-the-registry-password')
  const certificates = { [registry.host]: registry.certificate }
  host = await TestEngine.start(project, 'host', { images: [lockedImage('python').reference], certificates })
  const repository = `registry.test:5000/team/${project.name}`
  const env = (over: Record<string, string> = {}) => ({
    ...project.environment(),
    ...SETTINGS,
    ...{ IMAGE_REPOSITORY: repository, REGISTRY_USER: registry.user, REGISTRY_PASSWORD_FILE: registry.passwordFile },
    ...{ REGISTRY_CA_FILE: 'secrets/ca.crt', VERSION: '2.2.0', ...over },
  })
  const make = async (targets: string, over?: Record<string, string>, folder = project.folder) => {
    const { stdout, stderr, exitCode } = await host.make(targets, env(over), folder)
    expect(exitCode, `make ${targets}:\n${stderr}\n${stdout}`).toBe(0)
    return stdout + stderr
  }
  const image = () => host.docker('inspect', '--format', '{{.Image}}', `${project.name}-worker-1`)
  const forget = async () => {
    await make('down')
    const images = await host.docker('image', 'ls', '--quiet', '--filter', 'label=org.dartagnan=application')
    await host.docker('image', 'rm', '--force', ...new Set(images.split('\n')))
  }
  await project.git('checkout', '--quiet', 'v2.2.0')
  await make('build tag', { FORCE: 'untested', VERSION: '' })
  const mine = await host.docker('image', 'inspect', '--format', '{{.Id}}', `${repository}-worker:2.2.0`)
  const pushed = await make('push', { FORCE: 'untested' })
  expect(pushed.lastIndexOf(`push ${repository}:2.2.0`)).toBeGreaterThan(
    pushed.indexOf(`push ${repository}-worker:2.2.0`),
  )
  expect(pushed).toContain(`attach sbom.cdx.json to ${repository}-worker:2.2.0`)
  await forget()
  const deployed = await make('deploy')
  expect(deployed).toContain(`docker pull ${repository}-worker@sha256:`)
  expect(await image()).toBe(mine)
})

testInProof('another engine must get all images over the connection', async () => {
  const home = join(project.folder, '.cache', 'home')
  const file = (name: string) => join(home, '.ssh', name)
  mkdirSync(join(home, '.ssh'), { recursive: true, mode: 0o700 })
  await exec(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', file('id_ed25519')], { quiet: true })
  const own = readFileSync(file('id_ed25519.pub'), 'utf8').trim()
  await host.run('sh', '-c', `ssh-keygen -A && echo '${own}' > /etc/ssh/keys`)
  await host.run('/usr/sbin/sshd', '-o', 'AuthorizedKeysFile=/etc/ssh/keys')
  const address = await addressOf(host.name)
  const scan = async () => (await tryExec(['ssh-keyscan', address], { quiet: true })).stdout
  writeFileSync(file('known_hosts'), (await waitFor(scan, 30)) ?? '')
  await tryExec(['make', 'down'], { cwd: project.folder, quiet: true, env: { ...project.environment(), ...SETTINGS } })
  const env = { ...project.environment(), ...SETTINGS, HOME: home, ENGINE: `ssh://root@${address}`, VERSION: '2.2.0' }
  const { stdout, stderr, exitCode } = await tryExec(['make', 'deploy'], { cwd: project.folder, quiet: true, env })
  expect(exitCode, stderr).toBe(0)
  expect(stdout).toContain('2.2.0')
  expect(stderr).toContain(`e2e/${project.name}-worker:2.2.0`)
  expect(await host.docker('inspect', '--format', '{{.Image}}', `${project.name}-worker-1`)).toBe(await worker('2.2.0'))
})
