import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec } from '../cli/io/exec.ts'
import { listContainers } from '../docker/io/engine.ts'
import { TestProject } from '../testing/test-project.ts'

let project: TestProject
const FILE = 'compose/app.yaml'
const CODE = 'sample-app/src/journal/wsgi.py'
const served = async () => ((await (await fetch(`${project.url}/healthz`)).json()) as { version: string }).version

beforeAll(async () => {
  project = await TestProject.create()
  await project.release('1.0.1', FILE, (text) => text.replace('  app:\n', '  app:\n    read_only: false\n'))
  await project.must('deploy')
})
afterAll(async () => await project[Symbol.asyncDispose]())

// The container of the application, as root.
const inside = async (script: string) => {
  const [app] = (await listContainers(project.name)).filter(({ service }) => service === 'app')
  return (await exec(['docker', 'exec', '--user', '0', app?.id ?? '', 'sh', '-c', script], { quiet: true })).stdout
}

test('a deploy must move what a container has written outside of its volumes into volumes, and lose it only where it is told to', async () => {
  await inside(
    'mkdir -m 751 /app/uploads; echo x >/app/uploads/a.txt; echo y >/app/items.csv; echo z >/tmp/passing; echo z >/app/read.me; touch -d 2000-01-01 /app/read.me',
  )
  await project.release('1.0.2', CODE, (text) => `${text}# another version\n`)
  const moved = (await project.must('deploy')).stderr
  expect(moved).toMatch(
    /app has written 2 files outside of its volumes: \/app\/items\.csv, \/app\/uploads\/a\.txt: they move/,
  )
  expect(moved).toMatch(/app has written 1 file .*read\.me; they go with its container/)
  expect(moved).toMatch(/in your Compose file: volumes: \["app-app-uploads:\/app\/uploads"\]/)
  expect(await served()).toBe('1.0.2')
  const all = 'stat -c %a /app/uploads; cat /app/uploads/* /app/items.csv'
  expect(await inside(all)).toBe('751\nx\ny\n')
  // As they are from now on: a version before has them, a snapshot holds them, and `down` takes nothing along.
  await inside('echo more >/app/uploads/b.txt; echo w >>/app/items.csv; echo new >/app/posts.json')
  const { stdout } = await project.must('backup')
  expect(stdout).toContain('backed up')
  await inside('rm /app/uploads/b.txt; echo wrong >/app/items.csv')
  await project.must('restore')
  expect(await inside(`${all} /app/posts.json`)).toBe('751\nx\nmore\ny\nw\nnew\n')
  const back = (await project.must('rollback')).stderr
  expect(await served()).toBe('1.0.1')
  expect(await inside(all)).toBe('751\nx\nmore\ny\nw\n')
  expect(back).not.toContain('outside of its volumes')
  await inside('echo last >/app/orders.csv')
  await project.must('down')
  await project.must('deploy', { FORCE: 'unsaved-files' })
  expect(await inside('cat /app/orders.csv')).toBe('last\n')
  // An earlier version that is deployed again, not gone back to, has them as well.
  await project.must('deploy', { VERSION: '1.0.1' })
  expect(await inside('cat /app/orders.csv')).toBe('last\n')
})
