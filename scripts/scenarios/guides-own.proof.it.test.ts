import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { exec } from '../cli/io/exec.ts'
import { listContainers } from '../docker/io/engine.ts'
import { readLock } from '../image/io/images.ts'
import { withStandIns } from '../image/io/stand-in.ts'
import { Reader, removing } from './reader.ts'
import { counterArgs, edit, settle } from './strangers.ts'

// The guides on applications of one's own. A name of an application becomes one that the sweep of the tests knows.
test('docs/guides/adopt.md', async () => {
  await using reader = await Reader.create()
  const { project } = reader
  const own = Object.fromEntries(
    ['blog', 'greeter', 'flaskr', 'counter'].map((name) => [name, `${project.name}-${name}`]),
  )
  await using _ = removing(...Object.values(own))
  settle(project, 'brochure', '.cache/blog')
  rmSync(reader.at('.cache/blog/Dockerfile'))
  for (const name of ['greeter', 'flaskr', 'counter']) settle(project, name, own[name])
  await project.commit('1.4.2')
  rmSync(reader.at('.env'))
  // One application after the other: each has the settings, and the port, for itself.
  const begin = 'make down >/dev/null 2>&1; rm -f .env; make adopt APP_DIR='
  await reader.reads(
    'docs/guides/adopt.md',
    [
      ['~/blog', reader.at('.cache/blog')],
      [/make adopt APP_DIR=(?=greeter|flaskr|counter)/g, begin],
      ['cp -r ', 'cp -rT '],
      ...Object.entries(own).map(
        ([name, mine]) => [new RegExp(`(?<!\\w|\\.cache/|--app )${name}(?=[ /.]|$)`, 'gm'), mine] as const,
      ),
    ],
    { PORT: String(project.port), BAKE_TIME: '1' },
  )
})

test('docs/guides/your-repository.md', async () => {
  await using reader = await Reader.create()
  const { name, folder, port } = reader.project
  const shop = reader.at('.cache', `${name}x`)
  await using _ = removing(`${name}x`)
  cpSync('scripts/scenarios/strangers/greeter', shop, { recursive: true })
  writeFileSync(`${shop}/Makefile`, 'build: ; @echo mine builds\ntest: ; @echo mine tests\n')
  const first = 'git init -q -b main && git add -A && git commit -q -m First'
  expect((await exec(['sh', '-c', first], { quiet: true, cwd: shop, env: reader.env() })).exitCode).toBe(0)
  const newer = `git -C ${folder} commit --quiet --allow-empty --message Newer && git -C ${folder} tag v1.5.0`
  await reader.reads(
    'docs/guides/your-repository.md',
    [
      ['sh ~/dartagnan', `WRITE=1 sh ${folder}`],
      ['~/shop', shop],
      ['make upgrade ', `${newer} && make upgrade `],
    ],
    { PORT: String(port), BAKE_TIME: '1' },
  )
})

test('docs/guides/take-over.md', async () => {
  await using reader = await Reader.create()
  const { project } = reader
  const old = `${project.name}-counter`
  await using _ = removing(old, `${old}-app`)
  settle(project, 'counter', old)
  // Compose itself reaches no registry for it, and the port must be free.
  edit(project, `${old}/Dockerfile`, (text) => text.replace(/^# syntax.*\n/, ''))
  edit(project, `${old}/compose.yaml`, (text) => text.replace('8000:80', `127.0.0.1:${project.port + 1}:80`))
  const images = (await counterArgs(project)).slice(2)
  await project.commit('1.4.2')
  const compose = ['docker', 'compose', '-f', `${old}/compose.yaml`, ...images] as const
  await exec([...compose, 'up', '--detach', '--build'], { quiet: true, cwd: project.folder })
  rmSync(reader.at('.env'))
  const { redis } = await withStandIns(readLock(), ['redis:alpine'])
  await reader.reads(
    'docs/guides/take-over.md',
    [
      ['docker compose -f counter/compose.yaml', compose.join(' ')],
      ['redis:alpine', redis?.reference ?? 'redis:alpine'],
      ['make build test tag', `make down && sed -i 's/^PROJECT=.*/PROJECT=${old}/' .env && make build test tag`],
      [/(?<![\w/-])counter(?=[-/_ ]|$)/gm, old],
      ['18080', String(project.port)],
      ['8000', String(project.port)],
    ],
    { PORT: String(project.port), BAKE_TIME: '1' },
  )
})

test('docs/guides/databases.md', async () => {
  await using reader = await Reader.create()
  const { project } = reader
  const blank = { IMAGE_REPOSITORY: '', FORCE: 'untested' }
  edit(project, 'compose/app.yaml', (text) => text.replace('  app:\n', '  app:\n    read_only: false\n'))
  await project.commit('1.4.2')
  await project.must('build tag deploy', blank)
  const app = `${project.name}-app-1`
  await exec(['docker', 'exec', '--user', '0', app, 'mkdir', '-m', '777', '/app/uploads'], { quiet: true })
  await exec(['docker', 'exec', app, 'sh', '-c', 'echo x >/app/uploads/a.png'], { quiet: true })
  edit(project, 'sample-app/src/journal/wsgi.py', (text) => `${text}# another version\n`)
  await project.commit('1.4.3')
  await project.must('build tag', blank)
  await reader.reads('docs/guides/databases.md')
  // The application, which does not run as root, goes on writing there.
  const [now] = (await listContainers(project.name)).filter(({ service }) => service === 'app')
  const more = 'echo y >>/app/uploads/a.png; echo z >/app/uploads/b.png; cat /app/uploads/a.png'
  const { stdout } = await exec(['docker', 'exec', now?.id ?? '', 'sh', '-ec', more], { quiet: true })
  expect(stdout).toBe('x\ny\n')
})
