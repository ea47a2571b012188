import { mkdirSync } from 'node:fs'
import { afterAll, beforeAll, test } from 'vitest'
import { exec } from '../cli/io/exec.ts'
import { lockedImage } from '../image/io/images.ts'
import { freePort, gateOf } from '../testing/gate.ts'
import { labelsOf } from '../testing/image.ts'
import { Reader, removing } from './reader.ts'
import { edit } from './strangers.ts'

// The guides on the sample: 1.4.2 serves, and 1.4.1 has served before.
let reader: Reader
beforeAll(async () => {
  reader = await Reader.create()
  await reader.project.must('build tag deploy', { FORCE: 'untested', ...blank() })
  edit(reader.project, 'sample-app/src/journal/templates/index.html', (text) => `${text}\n`)
  await reader.project.commit('1.4.2')
  await reader.project.must('build tag', { FORCE: 'untested', ...blank() })
})
afterAll(async () => await reader[Symbol.asyncDispose]())

const blank = () => ({ IMAGE_REPOSITORY: '', DEPLOY_SNAPSHOT: '', VERBOSE: '' })
/** Begins a guide: what the one before has changed is taken back, and 1.4.2 serves. */
async function begin(settings: Record<string, string> = {}): Promise<void> {
  await reader.project.git('reset', '--quiet', '--hard', 'v1.4.2')
  reader.settle(settings)
  await reader.project.must('build tag deploy', { FORCE: 'untested', ...blank() })
}

test('docs/guides/deploys.md', async () => {
  await reader.reads('docs/guides/deploys.md')
})

test.each(['ci', 'targets'])('docs/guides/%s.md', async (name) => {
  await begin()
  await reader.reads(`docs/guides/${name}.md`)
})

test('docs/troubleshooting.md', async () => {
  await begin()
  await reader.reads('docs/troubleshooting.md')
})

test('docs/guides/environments.md', async () => {
  const { name, port } = reader.project
  await using _ = removing(`${name}-staging`, `${name}-production`)
  await begin()
  await reader.reads('docs/guides/environments.md', [
    ['8081', String(port + 1)],
    ['8082', await freePort()],
  ])
})

test('docs/guides/front-door.md', async () => {
  const gate = await gateOf(reader.project)
  await begin(gate)
  await reader.reads('docs/guides/front-door.md', [['dartagnan-gate', gate.GATE]])
})

test('docs/guides/other-hosts.md', async () => {
  await begin()
  const port = await freePort()
  const run = ['docker', 'run', '--detach', ...labelsOf(reader.project), '--publish', `127.0.0.1:${port}:5000`] as const
  await exec([...run, lockedImage('registry').reference], { quiet: true })
  mkdirSync(reader.at('.cache/srv'), { recursive: true })
  const image = `127.0.0.1:${port}/team/journal:1.4.2`
  await reader.reads(
    'docs/guides/other-hosts.md',
    [
      // Another host has neither.
      [
        'make deploy VERSION=',
        `make down >/dev/null && docker image rm --force ${image} >/dev/null && make deploy VERSION=`,
      ],
      ['registry.example.com', `127.0.0.1:${port}`],
      ['/srv', reader.at('.cache/srv')],
    ],
    { PROJECT: reader.project.name, PORT: String(reader.project.port), BAKE_TIME: '1' },
  )
  // The sweep does not know these by their names.
  const list = `docker image ls --format '{{.Repository}}:{{.Tag}}' --filter 'reference=127.0.0.1:${port}/*/*'`
  await exec(['sh', '-c', `${list} | xargs docker image rm --force`], { quiet: true })
})

// The last one: its project has a second database in the end.
test('docs/guides/data.md', async () => {
  await begin()
  await reader.reads('docs/guides/data.md')
})
