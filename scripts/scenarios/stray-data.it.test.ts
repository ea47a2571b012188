import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec } from '../cli/io/exec.ts'
import { listContainers } from '../docker/io/engine.ts'
import { findLostOrDoubled, startTraffic } from '../testing/load.ts'
import { TestProject } from '../testing/test-project.ts'
import { boxWith } from './box.ts'

let project: TestProject
const FILE = 'compose/app.yaml'
const CODE = 'sample-app/src/journal/wsgi.py'
const served = async () => ((await (await fetch(`${project.url}/healthz`)).json()) as { version: string }).version

beforeAll(async () => {
  project = await TestProject.create()
  await project.release('1.0.1', FILE, (text) => text.replace('  app:\n', `${boxWith()}  app:\n    read_only: false\n`))
  await project.must('deploy')
})
afterAll(async () => await project[Symbol.asyncDispose]())

// In the container of the application, or of another service, as root.
const inside = async (script: string, of = 'app') => {
  const [app] = (await listContainers(project.name)).filter(({ service }) => service === of)
  return (await exec(['docker', 'exec', '--user', '0', app?.id ?? '', 'sh', '-c', script], { quiet: true })).stdout
}

// A database in a file of the box, beside the code.
const rows = async (...statements: string[]) => {
  const run = statements.map((one) => `x = db.execute('${one}').fetchall()`).join('; ')
  return await inside(
    `python -c "import sqlite3; db = sqlite3.connect('/app/box.db'); ${run}; db.commit(); print(x)"`,
    'box',
  )
}

test('a deploy must move what a container has written outside of its volumes into volumes, whatever replaces it, and have them in snapshots', async () => {
  await inside(
    'mkdir -m 751 /app/uploads; echo x >/app/uploads/a.txt; echo y >/app/items.csv; echo z >/tmp/passing; echo z >/app/read.me; touch -d 2000-01-01 /app/read.me',
  )
  await rows('create table notes (text)', 'insert into notes values (1)')
  await project.release('1.0.2', CODE, (text) => `${text}# another version\n`)
  const traffic = startTraffic(project.url)
  // Whatever kills it in the middle of that, the next one has all of it.
  const killed = await project.make('deploy', { FAULT_AT: '4:during' })
  expect(killed.exitCode).not.toBe(0)
  expect(killed.stderr).toMatch(/→ move \/app\/box\.db of box into volumes .*$/m)
  const moved = (await project.must('deploy')).stderr
  const seen = await traffic.stop()
  expect(seen.failures).toEqual([])
  expect(await findLostOrDoubled(project.url, seen)).toEqual([])
  expect(moved).toMatch(
    /app has written 2 files outside of its volumes: \/app\/items\.csv, \/app\/uploads\/a\.txt: they move/,
  )
  expect(moved).toMatch(/app has written 1 file .*read\.me; they go with its container/)
  expect(moved).toMatch(/in your Compose file: volumes: \["app-app-uploads:\/app\/uploads"\]/)
  expect(await served()).toBe('1.0.2')
  const all = 'stat -c %a /app/uploads; cat /app/uploads/* /app/items.csv'
  expect(await inside(all)).toBe('751\nx\ny\n')
  expect(await rows('insert into notes values (2)', 'select sum(text) from notes')).toBe('[(3,)]\n')
  // As they are from now on: a version before has them, a snapshot holds them, and `down` takes nothing along.
  await inside('echo more >/app/uploads/b.txt; echo w >>/app/items.csv; echo new >/app/posts.json')
  const { stdout } = await project.must('backup')
  expect(stdout).toContain('backed up')
  await inside('rm /app/uploads/b.txt; echo wrong >/app/items.csv')
  await project.must('restore')
  expect(await inside(`${all} /app/posts.json`)).toBe('751\nx\nmore\ny\nw\nnew\n')
  expect(await rows('select sum(text) from notes')).toBe('[(3,)]\n')
  const back = (await project.must('rollback')).stderr
  expect(await served()).toBe('1.0.1')
  expect(await inside(all)).toBe('751\nx\nmore\ny\nw\n')
  expect(back).not.toContain('outside of its volumes')
  // A folder with a program in it is no volume, and stays as it was made.
  await inside('mkdir -m 733 /app/shop; echo a >/app/shop/run.cgi; echo last >/app/shop/orders.csv')
  await project.must('down')
  await project.must('deploy', { FORCE: 'unsaved-files' })
  expect(await inside('stat -c %a /app/shop; cat /app/shop/orders.csv')).toBe('733\nlast\n')
  // An earlier version that is deployed again, not gone back to, has them as well.
  await project.must('deploy', { VERSION: '1.0.1' })
  expect(await inside('stat -c %a /app/shop; cat /app/shop/orders.csv')).toBe('733\nlast\n')
})
