import { Failure } from '../../cli/failure.ts'
import { type Executed, exec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { findLostOrDoubled, readLines, startTraffic, type Traffic } from '../../testing/load.ts'
import { TestProject } from '../../testing/test-project.ts'
import type { Act, Demo } from '../report.ts'

const WSGI = 'sample-app/src/journal/wsgi.py'
// In milliseconds.
const BLINK = 250

/** Plays the demo on a project of its own: deploys under load, a broken version, a kill, and data that are lost and restored. */
export async function playDemo(run: string): Promise<Demo> {
  await using project = await TestProject.create({ run, own: true })
  log.step('build three versions of the sample', 'the last one does not start')
  await project.must('build tag', { FORCE: 'untested' })
  await project.release('1.1.0', WSGI, (text) => `${text}# another version\n`)
  await project.release('1.2.0', WSGI, (text) => `raise SystemExit('this version is broken')\n${text}`)
  log.step('deploy 1.0.0', 'it serves all that follows')
  await project.must('deploy', { VERSION: '1.0.0' })
  const traffic = startTraffic(project.url)
  const acts: Act[] = []
  const act = async (name: string, play: () => Promise<string>) => acts.push(await playAct(traffic, name, play))
  const deploy = async (VERSION: string, env: Record<string, string> = {}) =>
    await project.make('deploy', { VERSION, JSON: '1', READY_TIMEOUT: '20', ...env })
  await act('deploy 1.1.0', async () => endAs('deployed', await deploy('1.1.0')))
  await act('deploy 1.2.0, which is broken', async () => endAs('rolled back', await deploy('1.2.0')))
  await act('kill -9 amid a deploy', async () => {
    await deploy('1.0.0', { FAULT_AT: '5:after' })
    await project.must('status')
    return 'put right by the next run'
  })
  log.step('look for each line that was acknowledged', 'none may be lost')
  const seen = await traffic.stop()
  const unsound = await findLostOrDoubled(project.url, seen)
  const readers = startTraffic(project.url, { path: '/' })
  log.step('take a snapshot', 'the next act needs it')
  await project.must('backup')
  const before = await countLines(project)
  const restored = await playAct(readers, 'lose all lines, restore', async () => {
    await forget(project)
    const gone = before - (await countLines(project))
    await project.must('restore')
    return `${gone} gone, ${await countLines(project)} back`
  })
  log.doing('remove what this demo has made')
  await readers.stop()
  if ((await countLines(project)) !== before)
    throw new Failure('the restore has not brought all lines back', { next: 'make doctor, then: make demo' })
  return { acts: [...acts, restored], acknowledged: seen.acknowledged.length, lost: unsound.length }
}

/** Plays an act, with a live count of what clients see meanwhile. */
async function playAct(traffic: Traffic, name: string, play: () => Promise<string>): Promise<Act> {
  log.step(name, 'clients go on meanwhile')
  const then = traffic.count()
  const since = () => {
    const now = traffic.count()
    return { requests: now.requests - then.requests, failed: now.failed - then.failed }
  }
  const blink = setInterval(() => {
    const { requests, failed } = since()
    log.waits(`${requests} requests, ${failed} failed`)
  }, BLINK)
  try {
    const ended = await play()
    log.done(`${name}: ${ended}, ${since().requests} requests, ${since().failed} failed`)
    return { act: name, ended, ...since() }
  } finally {
    clearInterval(blink)
  }
}

function endAs(outcome: string, { stdout, stderr }: Executed): string {
  const ended = (JSON.parse(stdout) as { outcome: string }).outcome
  if (ended === outcome) return ended
  throw new Failure(`a deploy of the demo should have ended as ${outcome}, and ended as ${ended}`, {
    detail: stderr.trimEnd().split('\n').slice(-30).join('\n'),
    next: 'make doctor, then: make demo',
  })
}

const countLines = async ({ url }: TestProject): Promise<number> => (await readLines(url)).length

async function forget(project: TestProject): Promise<void> {
  const code = "import sqlite3; c = sqlite3.connect('/data/journal.db'); c.execute('delete from entries'); c.commit()"
  const names = (
    await exec(
      [
        'docker',
        'ps',
        '--quiet',
        '--filter',
        `label=com.docker.compose.project=${project.name}`,
        '--filter',
        'label=com.docker.compose.service=app',
      ],
      { quiet: true },
    )
  ).stdout
  await exec(['docker', 'exec', names.trim().split('\n')[0] ?? '', 'python', '-c', code], { quiet: true })
}
