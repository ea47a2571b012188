import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exec, tryExec } from '../cli/io/exec.ts'
import { waitFor } from '../cli/io/wait.ts'
import { APP, PROXY } from '../docker/compose-model.ts'
import { listContainers } from '../docker/io/engine.ts'
import { readLock } from '../image/io/images.ts'
import { listStandIns } from '../image/io/stand-in.ts'
import { hasStandIns } from '../image/stand-in.ts'
import { removeProject } from '../testing/sweep.ts'
import { World } from '../testing/test-project.ts'
import { counterArgs, edit, settle } from './strangers.ts'

type Proposal = {
  outcome: string
  findings: { check: string; found: string; verdict: string }[]
  files: { path: string; text: string }[]
  settings: Record<string, string>
  copies: string[]
}

// What docs/guides/adopt.md says to type, and nothing else.
const adopt = async (world: World, dir: string): Promise<Proposal> => {
  await world.must('adopt', { APP_DIR: dir })
  expect(await world.git('status', '--porcelain'), 'nothing is written unasked').toBe('')
  const { stdout } = await world.must('adopt', { APP_DIR: dir, WRITE: '1', JSON: '1' })
  await world.commit('1.1.0')
  return JSON.parse(stdout) as Proposal
}
const ship = async (world: World, env: Record<string, string> = {}) => await world.must('build test tag deploy', env)
const ask = async (world: World, path = '/', init: RequestInit = {}) => {
  const response = await fetch(world.url + path, { redirect: 'manual', ...init })
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
async function create(dir: string): Promise<World> {
  const world = await World.create()
  settle(world, dir)
  await world.git('add', '--all')
  await world.git('commit', '--quiet', '--message', 'Bring an application')
  return world
}

test("Flask's tutorial must be a release as it is: its posts outlive a new version, and the way back from it", async () => {
  await using world = await create('flaskr')
  const { files } = await adopt(world, 'flaskr')
  expect(files.map(({ path }) => path)).toEqual(['flaskr/Dockerfile', 'compose/flaskr.yaml'])
  expect(statSync(join(world.folder, '.env')).mode & 0o777).toBe(0o600)
  expect((await world.must('adopt', { APP_DIR: 'flaskr', WRITE: '1' })).stdout).toContain('unchanged')
  await ship(world)
  const env = world.environment()
  await exec(['make', '_shell'], { cwd: world.folder, env, input: 'flask --app flaskr init-db\n', quiet: true })

  const musketeer = { username: 'athos', password: 'all for one' }
  expect((await ask(world, '/auth/register', form(musketeer))).status).toBe(302)
  const { cookie } = await ask(world, '/auth/login', form(musketeer))
  const post = async (title: string) =>
    expect((await ask(world, '/create', form({ title, body: 'text' }, cookie))).status).toBe(302)
  await post('written to the first')
  edit(world, 'flaskr/flaskr/templates/blog/index.html', (text) => text.replace('%}Posts{%', '%}All posts{%'))
  await world.commit('1.2.0')
  expect((await ship(world, { DEPLOY_SNAPSHOT: '1' })).stdout).toMatch(/^deployed: 1\.2\.0 .*held for/m)
  await post('written to the second')
  expect((await ask(world)).body).toMatch(/All posts[\s\S]*written to the second[\s\S]*written to the first/)
  await world.must('rollback')
  expect((await ask(world)).body).toMatch(/>Posts<[\s\S]*written to the second[\s\S]*written to the first/)
  expect(JSON.parse((await world.must('snapshots', { JSON: '1' })).stdout).snapshots).toHaveLength(1)
})

test('a counter of three services must be one release with one rollback, the proxy in the place of its nginx', async () => {
  await using world = await create('counter')
  const { findings } = await adopt(world, 'counter')
  expect(findings).toContainEqual(expect.objectContaining({ check: 'nginx', verdict: 'ok' }))
  await ship(world)
  const services = async () => (await listContainers(world.project)).map(({ service }) => service).sort()
  expect(await services()).toEqual([APP, PROXY, 'redis'])
  expect((await world.must('plan')).stdout, 'what runs in the place of redis:alpine stays the same').toContain(
    'nothing to do',
  )
  await expectStandIn('redis:alpine')
  const count = async () => Number(/seen (\d+) times/.exec((await ask(world)).body)?.[1])
  const before = await count()
  expect(await count()).toBeGreaterThan(before)

  edit(world, 'counter/app.py', (text) => text.replace('Hello World!', 'Hello again!'))
  edit(world, 'compose/counter.yaml', (text) => text.replace('  redis:\n', '  redis:\n    hostname: another\n'))
  await world.commit('1.2.0')
  await ship(world)
  expect((await ask(world)).body).toContain('Hello again!')
  expect(await count()).toBeGreaterThan(before + 2)
  await world.must('backup')
  const redis = async () => (await listContainers(world.project)).find(({ service }) => service === 'redis')?.id
  const second = await redis()
  await world.must('rollback')
  expect((await ask(world)).body).toContain('Hello World!')
  expect(await redis(), 'the supporting service goes back, too').not.toBe(second)
  expect(await count()).toBeGreaterThan(before + 4)
})

test('a Node service must need three settings, and one that cannot be reached must be rolled back', async () => {
  await using world = await create('greeter')
  const { files, settings } = await adopt(world, 'greeter')
  expect(files).toEqual([])
  expect(settings).toMatchObject({ APP_DIR: 'greeter', APP_PORT: '3000', HEALTH_PATH: '/health' })
  await ship(world)
  expect(await ask(world)).toMatchObject({ status: 200, body: 'Hello from version one\n' })
  edit(world, 'greeter/server.js', (text) => text.replace('version one', 'version two'))
  await world.commit('1.2.0')
  await ship(world)
  expect((await ask(world)).body).toBe('Hello from version two\n')
  await world.must('rollback')
  expect((await ask(world)).body).toBe('Hello from version one\n')

  edit(world, 'greeter/server.js', (text) => text.replace("'0.0.0.0'", "'127.0.0.1'"))
  await world.release('1.3.0')
  const failed = await world.make('deploy', { READY_TIMEOUT: '3', JSON: '1' })
  expect(JSON.parse(failed.stdout)).toMatchObject({
    outcome: 'rolled back',
    error: expect.stringContaining('does not answer at http'),
  })
  expect((await ask(world)).body).toBe('Hello from version one\n')
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
  await using world = await create('brochure')
  await adopt(world, 'brochure')
  await ship(world)
  expect((await ask(world)).body).toContain('Welcome, version one')
  world.write('brochure/Dockerfile', SCRATCH)
  world.write('brochure/main.go', SERVER)
  edit(world, 'brochure/index.html', (text) => text.replace('version one', 'version two'))
  edit(world, '.env', (text) => text.replace('APP_PORT=80\n', 'APP_PORT=8080\n'))
  await world.commit('1.2.0')
  await ship(world)
  expect((await ask(world)).body).toContain('Welcome, version two')
  await world.must('rollback')
  expect((await ask(world)).body).toContain('Welcome, version one')

  if (!hasStandIns(readLock())) return
  world.write('brochure/Dockerfile', 'FROM alpine:3\n')
  const failed = await world.make('build')
  expect(failed.stderr).toMatch(
    /none has apk[\s\S]*the image alpine:3 is not on this engine[\s\S]*next: docker pull alpine:3/,
  )
})

test('a Compose project with live data must be taken over with all of them, and the way back must stay', async () => {
  await using world = await World.create()
  const old = `${world.project}-old`
  await using _ = { [Symbol.asyncDispose]: async () => await removeProject(old) }
  settle(world, 'counter', old)
  // Compose itself reaches no registry for it, and the port must be free.
  edit(world, `${old}/Dockerfile`, (text) => text.replace(/^# syntax.*\n/, ''))
  edit(world, `${old}/compose.yaml`, (text) => text.replace('8000:80', `127.0.0.1:${world.port + 1}:80`))
  const images = await counterArgs(world)
  const compose = async (...args: string[]) =>
    await exec(['docker', 'compose', ...images, ...args], { cwd: join(world.folder, old), quiet: true })
  const before = async () => {
    const said = await waitFor(async () => {
      const response = await fetch(`http://127.0.0.1:${world.port + 1}`).catch(() => undefined)
      return response?.ok && (await response.text())
    }, 30)
    return Number(/seen (\d+) times/.exec(said ?? '')?.[1])
  }
  await world.git('add', '--all')
  await world.git('commit', '--quiet', '--message', 'Bring an application')
  await compose('up', '--detach', '--build')
  for (const time of [1, 2, 3, 4, 5]) expect(await before()).toBe(time)

  const { copies } = await adopt(world, old)
  expect(copies).toHaveLength(2)
  await world.must('build test tag')
  const refused = await world.make('deploy', { PROJECT: old, FORCE: '1' })
  expect(refused.stderr).toContain('has containers that no release of here has made')
  expect(await before()).toBe(6)

  await compose('stop')
  for (const line of copies) await exec(['sh', '-ec', line], { quiet: true })
  await world.must('deploy')
  const { body } = await ask(world)
  expect(Number(/seen (\d+) times/.exec(body)?.[1])).toBeGreaterThan(6)
  await world.must('backup')

  await world.must('down')
  await compose('start')
  expect(await before()).toBe(7)
  await compose('down')
  const direct = await world.make('deploy', { PROJECT: old })
  expect(direct.stderr).toContain('was made by docker compose')
  expect(existsSync(join(world.folder, '.env')) && readFileSync(join(world.folder, '.env'), 'utf8')).toContain(
    `APP_DIR=${old}`,
  )
})
