import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { APP } from '../docker/compose-model.ts'
import { listContainers } from '../docker/io/engine.ts'
import type { ReleaseEntry } from '../release/history.ts'
import { readReleases } from '../release/io/history.ts'
import { observe } from '../rollout/io/observe.ts'
import { reportStatus } from '../rollout/status-report.ts'
import { findLostOrDoubled, type Seen, startTraffic } from '../testing/load.ts'
import { casesOf, proving, testInProof } from '../testing/proof.ts'
import { TestProject } from '../testing/test-project.ts'

const DOCKERFILE = 'sample-app/Dockerfile'
const WSGI = 'sample-app/src/journal/wsgi.py'

type Bad = {
  /** It completes "a version that …". */
  readonly name: string
  /** Which of the faults in docs/faults.md it is. */
  readonly tag: string
  /** What it has at the end of a file that 1.0.0 has not. */
  readonly lines: string
  readonly says: RegExp
  readonly env?: Record<string, string>
  readonly clients?: number
}
const versionOf = ({ name }: Bad) => `1.1.0-${name.replaceAll(/[^a-z0-9]+/g, '-')}`

const command = (...argv: string[]) => `CMD ${JSON.stringify(argv)}`
const gunicorn = ['gunicorn', '--config', 'python:journal.gunicorn_conf']
const slowly = (seconds: number) => command('sh', '-c', `sleep ${seconds}; exec "$@"`, 'sh', ...gunicorn)

// It leads a probe elsewhere, and the terminal of whoever reads its log astray.
const LYING = `
import http.server
print("\\x1b]0;stolen\\x07\\x1b[2J", flush=True)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(302)
        self.send_header("Location", "http://169.254.169.254/")
        self.end_headers()
http.server.ThreadingHTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
`

/** Not fit to serve, by its Dockerfile. */
const unfit: Bad[] = [
  {
    name: 'exits at once',
    tag: '[fault 15]',
    lines: command('false'),
    says: /exited (with status 1|and was restarted)/,
  },
  {
    name: 'exits again and again',
    tag: '[fault 15]',
    lines: command('sh', '-c', 'sleep 0.5; exit 7'),
    says: /exited (with status 7|and was restarted)/,
  },
  {
    name: 'is never healthy',
    tag: '[fault 16]',
    lines: 'HEALTHCHECK --interval=1s --retries=2 CMD ["sh", "-c", "echo broken >&2; false"]',
    says: /is unhealthy \(its health check ended with 1: broken\)/,
  },
  {
    name: 'binds to 127.0.0.1 only',
    tag: '[fault 18]',
    lines: command(...gunicorn, '--bind', '127.0.0.1:8000'),
    env: { READY_TIMEOUT: '10' },
    says: /healthy to itself, but does not answer the proxy/,
  },
  { name: 'answers as another revision', tag: '', lines: 'ENV APP_REVISION=lie', says: /answers as revision "lie"/ },
  {
    name: 'starves while it starts',
    tag: '[fault 22]',
    lines: command('python', '-c', 'b"x" * (512 << 20)'),
    says: /ran out of memory/,
  },
  {
    name: 'is too slow to start',
    tag: '[fault 16] [fault 25]',
    lines: slowly(60),
    env: { READY_TIMEOUT: '4' },
    says: /not healthy within (READY_TIMEOUT=4|three quarters of HOLD_TIMEOUT=25) seconds/,
  },
  {
    name: 'redirects its health path',
    tag: '',
    lines: `HEALTHCHECK --interval=1s CMD ["true"]\n${command('python', '-c', LYING)}`,
    says: /answers 302 on its health path/,
  },
  {
    name: 'has no health check and answers nobody',
    tag: '[fault 20]',
    lines: `HEALTHCHECK NONE\n${command('sleep', '1000')}`,
    env: { READY_TIMEOUT: '3' },
    says: /not healthy within READY_TIMEOUT=3 seconds|does not answer the proxy as it should/,
  },
]

const onRequest = (...lines: string[]) =>
  ['import flask, os, subprocess, sys, threading, time', 'used = "/tmp/used"', '@app.before_request', ...lines].join(
    '\n',
  )
const reads = 'flask.request.path == "/entries" and flask.request.method == "GET"'

// Which sign of an end comes first is chance.
const lost = 'the proxy lost it|through the proxy app answers 50[23]|answered \\d+ of'
/** Fit to serve until it does, by its wsgi.py. */
const turning: Bad[] = [
  {
    name: 'answers with errors',
    tag: '[fault 19]',
    lines: onRequest('def fail():', `    if ${reads}: flask.abort(500)`),
    says: /served, and answered \d+ of \d+ requests with an error/,
  },
  {
    name: 'exits',
    tag: '[fault 17]',
    lines: onRequest(
      'def note():',
      '    if flask.request.path != "/healthz": open(used, "w").close()',
      '# gunicorn forks after this: the thread is in the process whose end is that of the container.',
      'def end():',
      '    while not os.path.exists(used): time.sleep(0.1)',
      '    time.sleep(1)',
      '    os._exit(9)',
      'threading.Thread(target=end, daemon=True).start()',
    ),
    says: new RegExp(`served, and (\\S+-app-\\d+ exited (with status 9|and was restarted)|${lost})`),
  },
  {
    name: 'falls ill',
    tag: '',
    lines: onRequest(
      'def sicken():',
      '    if not os.path.exists(used):',
      '        if flask.request.path != "/healthz": open(used, "w").close()',
      '    elif flask.request.path == "/healthz" and time.time() > os.path.getmtime(used) + 1: flask.abort(503)',
    ),
    says: new RegExp(`served, and (${lost})`),
  },
  {
    name: 'starves',
    tag: '[fault 22]',
    // Once, and a process beside the one that answers: as a rule nothing fails, and the engine alone tells.
    lines: onRequest(
      'def starve():',
      `    if not (${reads}) or os.path.exists(used): return`,
      '    open(used, "w").close()',
      `    subprocess.run([sys.executable, "-c", "b'x' * (300 << 20)"])`,
    ),
    clients: 1,
    says: new RegExp(`served, and (\\S+-app-\\d+ ran out of memory|${lost})`),
  },
]

let project: TestProject
const health = async () => (await (await fetch(`${project.url}/healthz`)).json()) as { version: string }
const status = async () => reportStatus(project.name, await observe(project.name), readReleases(project.name))
/** The ids of the application's containers, running or not. */
const members = async () =>
  (await listContainers(project.name)).filter(({ service }) => service === APP).map(({ id }) => id)

/** How many requests the set has answered that is not live, since the proxy was started or reloaded. */
async function answersAside(): Promise<number> {
  const { proxy } = await observe(project.name)
  return (proxy?.servers ?? [])
    .filter(({ service, color }) => color !== proxy?.live[service])
    .reduce((sum, { answers }) => sum + answers, 0)
}

/** Builds and tags a version that is 1.0.0 with lines at the end of a file. */
async function release(version: string, file: string, lines: string): Promise<void> {
  await project.release(version, file, (text) => `${text}\n${lines}\n`)
  await project.git('checkout', 'v1.0.0', '--', file)
}

async function deploy(VERSION: string, env: Record<string, string> = {}) {
  const { stdout, stderr, exitCode } = await project.make('deploy', { VERSION, JSON: '1', ...env })
  return { ...(JSON.parse(stdout) as ReleaseEntry), stderr, exitCode }
}

function expectDeployed(result: Awaited<ReturnType<typeof deploy>>): void {
  expect(result, result.stderr).toMatchObject({ outcome: 'deployed', exitCode: 0 })
}

async function expectNoneLost(seen: Seen): Promise<void> {
  expect(seen.acknowledged.length).toBeGreaterThan(0)
  expect(await findLostOrDoubled(project.url, seen)).toEqual([])
}

/** Deploys a bad version while clients send requests: what served before must serve after it, with every line. */
async function expectRolledBack(bad: Bad, env: Record<string, string> = {}): Promise<Seen> {
  const version = versionOf(bad)
  const before = await members()
  const traffic = startTraffic(project.url, { clients: bad.clients ?? 8 })
  const failed = await deploy(version, env)
  const seen = await traffic.stop()
  expect(failed.exitCode, failed.stderr).not.toBe(0)
  expect(failed).toMatchObject({ outcome: 'rolled back', version, because: expect.stringMatching(bad.says) })
  expect(failed.stderr).toMatch(/--- log of \S+-app-\d+ ---/)
  expect(failed.stderr).not.toContain('\x1b')
  await expectNoneLost(seen)
  expect(await health()).toMatchObject({ version: '1.0.0' })
  expect(await status()).toMatchObject({ outcome: 'serving', last: { version, outcome: 'rolled back' } })
  expect(await members()).toEqual(before)
  return seen
}

const configure = (rollout: string) => project.write('.env', `APP_ROLLOUT=${rollout}\n`)

beforeAll(async () => {
  project = await TestProject.create()
  configure('overlap')
  await project.must('build tag deploy', { FORCE: 'untested' })
  for (const bad of new Set(ROLLOUTS.flatMap((one) => one.unfit))) await release(versionOf(bad), DOCKERFILE, bad.lines)
  for (const bad of ROLLOUTS[0].turning) await release(versionOf(bad), WSGI, bad.lines)
  if (proving) await release('1.1.0-slow', DOCKERFILE, slowly(5))
  await release('1.1.0', DOCKERFILE, 'ENV NEW=1')
})
afterAll(async () => await project[Symbol.asyncDispose]())

// `make check` has one bad version of each kind in one of the rollouts.
const ROLLOUTS = [
  {
    rollout: 'overlap',
    unfit: casesOf(unfit, ({ name }) => /at once/.test(name)),
    turning: casesOf(turning, (_, index) => index === 0),
  },
  {
    rollout: 'exclusive',
    unfit: casesOf(unfit, ({ name }) => /starves/.test(name)),
    turning: casesOf(turning.slice(0, 1), () => false),
  },
] as const
describe.each(ROLLOUTS)('$rollout:', ({ rollout, unfit, turning }) => {
  beforeAll(async () => {
    configure(rollout)
    await project.must('deploy', { VERSION: '1.0.0' })
  })
  beforeEach(async () => {
    const { outcome, containers } = await status()
    const versions = containers.filter(({ service }) => service === APP).map(({ version }) => version)
    if (outcome === 'serving' && versions.join() === '1.0.0') return
    await project.must('deploy', { VERSION: '1.0.0' })
  })

  test.each(unfit)('a version that $name must never receive a request $tag', async (bad) => {
    const aside = await answersAside()
    // In an exclusive rollout the time that requests may wait ends sooner.
    const seen = await expectRolledBack(bad, rollout === 'overlap' ? bad.env : {})
    expect(seen.failures).toEqual([])
    // The deploy itself asks it once, through the proxy.
    expect((await answersAside()) - aside).toBeLessThanOrEqual(1)
  })

  test.each(turning)('a version that $name once it serves must be rolled back $tag', async (bad) => {
    await expectRolledBack(bad, { BAKE_TIME: '6' })
    const traffic = startTraffic(project.url)
    await sleep(500)
    const seen = await traffic.stop()
    expect(seen.failures).toEqual([])
    await expectNoneLost(seen)
  })

  testInProof('a version that is slow to start must be deployed when it has the time [fault 21]', async () => {
    const traffic = startTraffic(project.url)
    expectDeployed(await deploy('1.1.0-slow'))
    const seen = await traffic.stop()
    expect(seen.failures).toEqual([])
    await expectNoneLost(seen)
    expect(await health()).toMatchObject({ version: '1.1.0-slow' })
  })
})

test('a good version must not be blamed for what clients do wrong', async () => {
  const answers = new Set<number>()
  let running = true
  const client = async () => {
    const headers = { 'content-type': 'application/json' }
    while (running) {
      answers.add((await fetch(`${project.url}/nothing-here`)).status)
      answers.add((await fetch(`${project.url}/entries`, { method: 'POST', headers, body: '{' })).status)
      await sleep(50)
    }
  }
  const clients = Promise.all([client(), client()])
  const deployed = await deploy('1.1.0', { BAKE_TIME: '3' })
  running = false
  await clients
  expectDeployed(deployed)
  expect(answers).toEqual(new Set([404, 400]))
})

test('history must tell of each bad version that it was rolled back, and why', async () => {
  const entries = JSON.parse((await project.must('history', { JSON: '1' })).stdout) as ReleaseEntry[]
  const tried = ROLLOUTS.flatMap(({ unfit, turning }) => [...unfit, ...turning])
  for (const bad of new Set(tried)) {
    const mine = entries.filter(({ version }) => version === versionOf(bad))
    const expected = { outcome: 'rolled back', because: expect.stringMatching(bad.says) }
    expect(mine).toMatchObject(tried.filter((one) => one === bad).map(() => expected))
  }
  expect((await project.must('history')).stdout).toMatch(/ deploy +1\.1\.0-exits-at-once +rolled back /)
})

test('a rollback must go to the last good version, and never to a bad one', async () => {
  const bad = '1.1.0-answers-with-errors'
  const earlier = casesOf(['1.1.0-slow', '1.0.0'], (version) => version === '1.0.0')
  const refused = await project.make('rollback', { VERSION: bad, JSON: '1' })
  expect(refused.exitCode).not.toBe(0)
  expect(JSON.parse(refused.stdout)).toMatchObject({
    outcome: 'refused',
    error: `cannot roll back: VERSION="${bad}" is not an earlier good release; there are: ${earlier.join(', ')}`,
  })
  expect(JSON.parse((await project.must('rollback', { JSON: '1' })).stdout)).toMatchObject({ version: earlier[0] })
  expect(await health()).toMatchObject({ version: earlier[0] })
})
