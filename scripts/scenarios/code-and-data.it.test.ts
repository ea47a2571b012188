import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec } from '../cli/io/exec.ts'
import { PROJECT_LABEL } from '../docker/labels.ts'
import { TestProject } from '../testing/test-project.ts'
import { refused } from './damage.ts'

let project: TestProject
const FILE = 'compose/app.yaml'
const CODE = 'sample-app/src/journal/wsgi.py'
const served = async () => ((await (await fetch(`${project.url}/healthz`)).json()) as { version: string }).version

beforeAll(async () => {
  project = await TestProject.create()
  await project.must('build tag deploy', { FORCE: 'untested' })
})
afterAll(async () => await project[Symbol.asyncDispose]())

test('a deploy must refuse a volume that hides other code than its image has, whoever has filled it, and the old code must go on', async () => {
  await project.release('1.0.1', FILE, (text) =>
    text
      .replace('volumes: ["data:/data"]', 'volumes: ["data:/data", "code:/app"]')
      .replace('[journal-describe]}', '[journal-describe], volume: data}')
      .replace('\n  data: {}', '\n  data: {}\n  code: {}'),
  )
  const volume = `${project.name}_code`
  await exec(['docker', 'volume', 'create', '--label', `${PROJECT_LABEL}=${project.name}`, volume], { quiet: true })
  const run = ['docker', 'run', '--rm', '--volume', `${volume}:/app`, '--user', '0', '--entrypoint', 'sh'] as const
  const inImage = (version: string, script: string) =>
    exec([...run, `e2e/${project.name}:${version}`, '-c', script], { quiet: true })
  await inImage('1.0.1', 'echo "# another" >> /app/journal/wsgi.py')
  expect(await refused(project, 'deploy')).toMatch(
    /the volume \S+_code, mounted at \/app, hides files of the image of service "app": journal\/wsgi\.py would .*\n.*FORCE=hidden-files/,
  )
  expect(await served()).toBe('1.0.0')
  // With the code of the image it is what the engine would make of a new volume.
  await inImage('1.0.1', 'sed -i "/# another/d" /app/journal/wsgi.py && touch /app/upload')
  await project.must('deploy')
  await project.release('1.1.0', CODE, (text) => `${text}# another version\n`)
  expect(await refused(project, 'deploy')).toMatch(/"app": journal\/.*wsgi.* would stay as in 1\.0\.1/)
  expect(await served()).toBe('1.0.1')
  await project.must('deploy', { FORCE: 'hidden-files' })
  expect((await project.must('rollback')).stderr).toContain('would stay as in 1.1.0')
})
