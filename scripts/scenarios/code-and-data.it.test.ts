import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec } from '../cli/io/exec.ts'
import { listContainers } from '../docker/io/engine.ts'
import { PROJECT_LABEL } from '../docker/labels.ts'
import { proving, testInProof } from '../testing/proof.ts'
import { TestProject } from '../testing/test-project.ts'
import { boxWith } from './box.ts'
import { refused } from './damage.ts'

let project: TestProject
const FILE = 'compose/app.yaml'
const CODE = 'sample-app/src/journal/wsgi.py'
const served = async () => ((await (await fetch(`${project.url}/healthz`)).json()) as { version: string }).version

beforeAll(async () => {
  project = await TestProject.create()
  project.write('notes/a.txt', 'one\n')
  await project.release('1.0.1', FILE, (text) =>
    text
      .replace('  app:\n', '  app:\n    read_only: false\n')
      .replace('volumes: ["data:/data"]', 'volumes: ["data:/data", "../notes:/notes:ro"]'),
  )
  await project.must('deploy')
})
afterAll(async () => await project[Symbol.asyncDispose]())

test('a deploy must lose what a container has written outside of its volumes only where it is told to, and show it', async () => {
  const [app] = (await listContainers(project.name)).filter(({ service }) => service === 'app')
  // What is only given another permission is not written.
  const open = 'f=$(ls -d /app/journal/* | head -1); test -e "$f" && chmod -R 755 /app/journal'
  const script = `${open}; mkdir /app/uploads; echo x >/app/uploads/a.txt; echo z >/tmp/passing`
  await exec(['docker', 'exec', '--user', '0', app?.id ?? '', 'sh', '-c', script], { quiet: true })
  project.write('notes/a.txt', 'two\n')
  await project.release('1.0.2', CODE, (text) => `${text}# another version\n`)
  const { stderr } = await project.must('deploy', { FORCE: 'unsaved-files' })
  expect(stderr).toMatch(/app has written 1 file outside of its volumes: .*a\.txt; they go with its container/)
  const back = (await project.must('rollback')).stderr
  expect(back).not.toContain('outside of its volumes')
  // A mounted file is in no image: a rollback leaves it as it is, and says so.
  expect(back).toMatch(
    /services mount notes\/a\.txt of this checkout.* as in 1\.0\.1, before it: git checkout \w{12} -- notes\/a\.txt/,
  )
})

test('a deploy must refuse a volume that hides other code than its image has, whoever has filled it, and the old code must go on', async () => {
  await project.release('1.1.0', FILE, (text) =>
    text
      .replace('"../notes:/notes:ro"]', '"code:/app"]')
      .replace('[journal-describe]}', '[journal-describe], volume: data}')
      .replace('\n  data: {}', '\n  data: {}\n  code: {}'),
  )
  const volume = `${project.name}_code`
  await exec(['docker', 'volume', 'create', '--label', `${PROJECT_LABEL}=${project.name}`, volume], { quiet: true })
  const run = ['docker', 'run', '--rm', '--volume', `${volume}:/app`, '--user', '0', '--entrypoint', 'sh'] as const
  const inImage = (version: string, script: string) =>
    exec([...run, `e2e/${project.name}:${version}`, '-c', script], { quiet: true })
  await inImage('1.1.0', 'echo "# strange" >> /app/journal/wsgi.py')
  expect(await refused(project, 'deploy', { FORCE: 'unsaved-files' })).toMatch(
    /the volume \S+_code, mounted at \/app, hides files of the image of service "app": journal\/wsgi\.py would .*\n.*make deploy FORCE=unsaved-files,hidden-files/,
  )
  expect(await served()).toBe('1.0.1')
  // With the code of the image it is what the engine would make of a new volume.
  await inImage('1.1.0', 'sed -i "/# strange/d" /app/journal/wsgi.py && touch /app/upload')
  await project.must('deploy')
  await project.release('1.2.0', CODE, (text) => `${text}# another version\n`)
  expect(await refused(project, 'deploy')).toMatch(/"app": journal\/.*wsgi.* would stay as in 1\.1\.0/)
  expect(await served()).toBe('1.1.0')
  if (!proving) return
  await project.must('deploy', { FORCE: 'hidden-files' })
  expect((await project.must('rollback')).stderr).toContain('would stay as in 1.2.0')
})

testInProof(
  'a deploy must refuse to begin with an empty volume where a service keeps its data in one without a name',
  async () => {
    await project.release('1.3.0', FILE, (text) =>
      text.replace('services:\n', `services:\n${boxWith('volumes: ["/box"]')}`),
    )
    await project.must('deploy', { FORCE: 'hidden-files' })
    await project.release('1.4.0', FILE, (text) =>
      text.replace('volumes: ["/box"]', 'volumes: ["box:/box"]').replace('\n  data: {}', '\n  data: {}\n  box: {}'),
    )
    const said = async (script: string) => {
      const [box] = (await listContainers(project.name)).filter(({ service }) => service === 'box')
      return (await exec(['docker', 'exec', box?.id ?? '', 'sh', '-c', script], { quiet: true })).stdout
    }
    await said('echo kept >/box/file')
    const FORCE = 'hidden-files'
    const told = await project.make('deploy', { FORCE })
    expect(told.exitCode).not.toBe(0)
    expect(told.stderr).toMatch(
      /this deploy would leave data behind: box keeps \/box in a volume without a name, and \S+_box there would be empty\n.*make deploy FORCE=hidden-files,unsaved-files/,
    )
    // As the guide says, in one go.
    const copy = `docker volume create --label org.dartagnan=data --label ${PROJECT_LABEL}=$0 $0_box && docker cp $0-box-1:/box - | docker run --rm -i --network none --user 0 -v $0_box:/to/box --entrypoint tar e2e/$0:1.4.0 -xpC /to`
    await exec(['sh', '-c', copy, project.name], { quiet: true })
    await project.must('deploy', { FORCE })
    expect(await said('cat /box/file; echo more >>/box/file')).toBe('kept\n')
    // Compose hands the volume on to the version before.
    await project.must('rollback')
    expect(await said('cat /box/file')).toBe('kept\nmore\n')
  },
)
