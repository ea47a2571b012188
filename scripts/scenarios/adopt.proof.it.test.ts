import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exec, tryExec } from '../cli/io/exec.ts'
import { forceWords } from '../config/options.ts'
import { APP, PROXY } from '../docker/compose-model.ts'
import { listContainers } from '../docker/io/engine.ts'
import { readLock } from '../image/io/images.ts'
import { listStandIns } from '../image/io/stand-in.ts'
import { hasStandIns } from '../image/stand-in.ts'
import { removeProject } from '../test/io/sweep.ts'
import { inside } from '../testing/image.ts'
import { TestProject } from '../testing/test-project.ts'
import { answers, counterArgs, edit, enrich, type Holdings, holdings, NOTHING, settle, write } from './strangers.ts'

type Proposal = {
  outcome: string
  findings: { check: string; found: string; verdict: string }[]
  files: { path: string; text: string }[]
  settings: Record<string, string>
  copies: string[]
}

// What docs/guides/adopt.md says to type, and nothing else.
const adopt = async (project: TestProject, dir: string): Promise<Proposal> => {
  await project.must('adopt', { APP_DIR: dir })
  expect(await project.git('status', '--porcelain'), 'nothing is written unasked').toBe('')
  const { stdout } = await project.must('adopt', { APP_DIR: dir, WRITE: '1', JSON: '1' })
  await project.commit('1.1.0')
  return JSON.parse(stdout) as Proposal
}
const ship = async (project: TestProject, env: Record<string, string> = {}) =>
  await project.must('build test tag deploy', env)
const ask = async (project: TestProject, path = '/', init: RequestInit = {}) => {
  const response = await fetch(project.url + path, { redirect: 'manual', ...init })
  return { status: response.status, body: await response.text(), cookie: response.headers.get('set-cookie') ?? '' }
}
const form = (fields: Record<string, string>, cookie = '') => ({
  method: 'POST',
  body: new URLSearchParams(fields),
  headers: { cookie: cookie.split(';')[0] ?? '' },
})
// It must not take the name that a later pull would give.
async function expectStandIn(image: string): Promise<void> {
  if (!hasStandIns(readLock())) return
  expect((await tryExec(['docker', 'image', 'inspect', image], { quiet: true })).exitCode).not.toBe(0)
  expect((await listStandIns()).map(({ reference }) => reference).join()).toContain('dartagnan/redis:')
}
async function create(dir: string): Promise<TestProject> {
  const project = await TestProject.create({ own: true })
  settle(project, dir)
  await project.git('add', '--all')
  await project.git('commit', '--quiet', '--message', 'Bring an application')
  return project
}

test("Flask's tutorial must be a release as it is: its posts outlive a new version and the way back, and a restore counts them", async () => {
  await using project = await create('flaskr')
  const { files } = await adopt(project, 'flaskr')
  expect(files.map(({ path }) => path)).toEqual(['flaskr/Dockerfile', 'compose/flaskr.yaml'])
  expect(statSync(join(project.folder, '.env')).mode & 0o777).toBe(0o600)
  expect((await project.must('adopt', { APP_DIR: 'flaskr', WRITE: '1' })).stdout).toContain('unchanged')
  await ship(project)
  const env = project.environment()
  await exec(['make', '_shell'], { cwd: project.folder, env, input: 'flask --app flaskr init-db\n', quiet: true })

  const musketeer = { username: 'athos', password: 'all for one' }
  expect((await ask(project, '/auth/register', form(musketeer))).status).toBe(302)
  const { cookie } = await ask(project, '/auth/login', form(musketeer))
  const post = async (title: string) =>
    expect((await ask(project, '/create', form({ title, body: 'text' }, cookie))).status).toBe(302)
  const titles = async () => [...(await ask(project)).body.matchAll(/<h1>([^<]+)/g)].map(([, title]) => title)
  await post('written to the first')
  edit(project, 'flaskr/flaskr/templates/blog/index.html', (text) => text.replace('%}Posts{%', '%}All posts{%'))
  await project.commit('1.2.0')
  expect((await ship(project, { DEPLOY_SNAPSHOT: '1' })).stderr).toMatch(/^ {2}requests \d+ cut, held for /m)
  await post('written to the second')
  expect(await titles()).toEqual(['All posts', 'written to the second', 'written to the first'])
  await project.must('rollback')
  expect(await titles()).toEqual(['Posts', 'written to the second', 'written to the first'])
  expect(JSON.parse((await project.must('snapshots', { JSON: '1' })).stdout).snapshots).toHaveLength(1)
  await project.must('restore')
  expect(await titles()).toEqual(['Posts', 'written to the first'])
})

test('a counter of three services must be one release with one rollback, the proxy in the place of its nginx', async () => {
  await using project = await create('counter')
  const { findings } = await adopt(project, 'counter')
  expect(findings).toContainEqual(expect.objectContaining({ check: 'nginx', verdict: 'ok' }))
  await ship(project)
  const services = async () => (await listContainers(project.name)).map(({ service }) => service).sort()
  expect(await services()).toEqual([APP, PROXY, 'redis'])
  expect((await project.must('plan')).stdout, 'what runs in the place of redis:alpine stays the same').toContain(
    'nothing to do',
  )
  await expectStandIn('redis:alpine')
  const redis = (...words: string[]) => inside(project, 'redis', ['redis-cli', ...words])
  expect(await redis('get', 'hits'), 'no health check is a hit').toBe('')
  await redis('set', 'visits', '7')

  edit(project, 'counter/app.py', (text) => text.replace('Hello World!', 'Hello again!'))
  edit(project, 'compose/counter.yaml', (text) => text.replace('  redis:\n', '  redis:\n    hostname: another\n'))
  await project.commit('1.2.0')
  await ship(project)
  expect((await ask(project)).body).toContain('Hello again!')
  expect(await redis('incr', 'visits')).toBe('8')
  await project.must('backup')
  const server = async () => (await listContainers(project.name)).find(({ service }) => service === 'redis')?.id
  const second = await server()
  await project.must('rollback')
  expect((await ask(project)).body).toContain('Hello World!')
  expect(await server(), 'the supporting service goes back, too').not.toBe(second)
  expect(await redis('get', 'visits')).toBe('8')
})

test('a database in a file of code that two services mounted must be one file for both, through a new version and the way back', async () => {
  await using project = await create('couple')
  const { findings } = await adopt(project, 'couple')
  expect(findings.filter(({ verdict }) => verdict === 'missing')).toEqual([])
  await ship(project)
  const write = async () => await ask(project, '/', { method: 'POST' })
  const shows = async (text: string) =>
    await expect.poll(async () => (await ask(project)).body, { timeout: 10_000 }).toBe(text)
  await write()
  await shows('one: web worker')
  edit(project, 'couple/app.py', (text) => text.replace('one:', 'two:'))
  await project.commit('1.2.0')
  await ship(project)
  await write()
  await shows('two: web worker web worker')
  await project.must('rollback')
  await shows('one: web worker web worker')
})

test('a Node service must need three settings, and one that cannot be reached must be rolled back [fault 20]', async () => {
  await using project = await create('greeter')
  const { files, settings } = await adopt(project, 'greeter')
  expect(files).toEqual([])
  expect(settings).toMatchObject({ APP_DIR: 'greeter', APP_PORT: '3000', HEALTH_PATH: '/health' })
  await ship(project)
  expect(await ask(project)).toMatchObject({ status: 200, body: 'Hello from version one\n' })
  edit(project, 'greeter/server.js', (text) => text.replace('version one', 'version two'))
  await project.commit('1.2.0')
  await ship(project)
  expect((await ask(project)).body).toBe('Hello from version two\n')
  await project.must('rollback')
  expect((await ask(project)).body).toBe('Hello from version one\n')

  edit(project, 'greeter/server.js', (text) => text.replace("'0.0.0.0'", "'127.0.0.1'"))
  await project.release('1.3.0')
  const failed = await project.make('deploy', { READY_TIMEOUT: '3', JSON: '1' })
  expect(JSON.parse(failed.stdout)).toMatchObject({
    outcome: 'rolled back',
    error: expect.stringContaining('does not answer at http'),
  })
  expect((await ask(project)).body).toBe('Hello from version one\n')
})

const SCRATCH = `ARG GO_VERSION=1.24
FROM --platform=$BUILDPLATFORM golang:\${GO_VERSION}-alpine AS build
WORKDIR /src
COPY main.go .
RUN CGO_ENABLED=0 go build -o /server main.go
FROM scratch
COPY --from=build /server /
COPY index.html /www/
EXPOSE 8080
CMD ["/server"]
`
const SERVER = `package main

import "net/http"

func main() { panic(http.ListenAndServe(":8080", http.FileServer(http.Dir("/www")))) }
`
test('static files on nginx, and a binary with nothing around it, must need three settings, too', async () => {
  await using project = await create('brochure')
  await adopt(project, 'brochure')
  await ship(project)
  expect((await ask(project)).body).toContain('Welcome, version one')
  project.write('brochure/Dockerfile', SCRATCH)
  project.write('brochure/main.go', SERVER)
  edit(project, 'brochure/index.html', (text) => text.replace('version one', 'version two'))
  edit(project, '.env', (text) => text.replace('APP_PORT=80\n', 'APP_PORT=8080\n'))
  await project.commit('1.2.0')
  await ship(project)
  expect((await ask(project)).body).toContain('Welcome, version two')
  await project.must('rollback')
  expect((await ask(project)).body).toContain('Welcome, version one')

  if (!hasStandIns(readLock())) return
  project.write('brochure/Dockerfile', 'FROM alpine:3\n')
  const failed = await project.make('build')
  expect(failed.stderr).toMatch(
    /none has apk[\s\S]*the image alpine:3 is not on this engine[\s\S]*next: docker pull alpine:3/,
  )
})

/** Replaces each service of a project by another version, goes back, and restores: `taken` is what it holds. */
async function goOn(project: TestProject, folder: string, taken: Holdings): Promise<void> {
  // The snapshot of the deploy has more than the one before it.
  const held = await write(project, taken)
  const services = async () => (await listContainers(project.name)).filter(({ service }) => service !== PROXY)
  const before = (await services()).map(({ id }) => id)
  edit(project, `${folder}/app.py`, (text) => text.replace('Hello World!', 'Hello again!'))
  edit(project, `compose/${folder}.yaml`, (text) => text.replace(/^ {2}(redis|db):$/gm, '$&\n    hostname: another'))
  await project.commit('1.2.0')
  await ship(project, { DEPLOY_SNAPSHOT: '1' })
  const left = (await services()).filter(({ id }) => before.includes(id))
  expect(left, 'each service was replaced').toEqual([])
  expect(await holdings(project), 'a deploy keeps').toEqual(held)
  const later = await write(project, held)
  await project.must('rollback')
  expect(await holdings(project), 'a rollback keeps').toEqual(later)
  await project.must('restore')
  expect(await holdings(project), 'a restore brings back').toEqual(held)
  const more = await write(project, held)
  expect(await holdings(project), 'and goes on').toEqual(more)
}

const TAKEN =
  'a Compose project with live data must be taken over with each hit, post and row, and the way back must stay'
test(TAKEN, async () => {
  await using project = await TestProject.create({ own: true })
  const old = `${project.name}-old`
  await using _ = { [Symbol.asyncDispose]: async () => await removeProject(old) }
  const live = { name: old, url: `http://127.0.0.1:${project.port + 1}` }
  settle(project, 'counter', old)
  const images = await counterArgs(project, enrich(project, old))
  // Compose itself reaches no registry for it, and the port must be free.
  edit(project, `${old}/Dockerfile`, (text) => text.replace(/^# syntax.*\n/, ''))
  edit(project, `${old}/compose.yaml`, (text) => text.replace('8000:80', `127.0.0.1:${project.port + 1}:80`))
  const compose = async (...args: string[]) =>
    await exec(['docker', 'compose', ...images, ...args], { cwd: join(project.folder, old), quiet: true })
  await project.git('add', '--all')
  await project.git('commit', '--quiet', '--message', 'Bring an application')
  await compose('up', '--detach', '--build')
  await answers(live)
  let held = NOTHING
  for (const _ of [1, 2, 3, 4, 5]) held = await write(live, held)

  const { copies, settings } = await adopt(project, old)
  expect(copies, 'each volume is made and filled').toHaveLength(6)
  expect(settings).toMatchObject({ HEALTH_PATH: '/health' })
  await project.must('build test tag')
  const refused = await project.make('deploy', { PROJECT: old, FORCE: forceWords.join(',') })
  expect(refused.stderr).toContain('has containers that no release of here has made')
  held = await write(live, held)

  await compose('stop')
  for (const line of copies) await exec(['sh', '-ec', line], { quiet: true })
  await project.must('deploy')
  expect(await holdings(project)).toEqual(held)
  await project.must('backup')
  await goOn(project, old, held)

  await project.must('down')
  await compose('start')
  expect(await holdings(live), 'the old project has what it had').toEqual(held)
  await compose('down')
  const direct = await project.make('deploy', { PROJECT: old })
  expect(direct.stderr).toContain('was made by docker compose')
  expect(existsSync(join(project.folder, '.env')) && readFileSync(join(project.folder, '.env'), 'utf8')).toContain(
    `APP_DIR=${old}`,
  )
})
