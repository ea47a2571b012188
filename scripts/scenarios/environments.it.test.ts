import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec } from '../cli/io/exec.ts'
import { removeProject } from '../test/io/sweep.ts'
import { TestProject } from '../testing/test-project.ts'

// Staging and production on one engine, each with its settings, its overlay, its project and its secret.
let project: TestProject
const OVERLAY = `services:
  app:
    environment: {GREETING: from-production}
    secrets: [token]
secrets:
  token: {file: ../secrets/token}
`
// Settings come from files alone, as on a host; the environment holds only the options of the call.
const own = () => ({ PROJECT: '', PORT: '', DEV_PORT: '' })
const make = (target: string, env: Record<string, string> = {}) => project.make(target, { ...own(), ...env })
const must = (target: string, env: Record<string, string> = {}) => project.must(target, { ...own(), ...env })
const inspect = async (container: string, format: string) =>
  (await exec(['docker', 'inspect', '--format', format, container], { quiet: true })).stdout.trim()
const write = (file: string, text: string, mode = 0o600) => {
  project.write(file, text)
  chmodSync(join(project.folder, file), mode)
}

beforeAll(async () => {
  project = await TestProject.create()
  write('.env', `PROJECT=${project.name}\nPORT=${project.port}\nDEPLOY_SNAPSHOT=0\n`)
  write('.env.staging', `PORT=${project.port + 1}\n`)
  write('.env.production', `PORT=${project.port}\nPROMOTE_FROM=staging\nREHEARSE=0\n`)
  project.write('compose/app.production.yaml', OVERLAY)
  write('secrets/token', 'marker-of-the-token\n', 0o444)
  await project.commit('1.1.0')
  await must('build tag', { FORCE: 'untested' })
})
afterAll(async () => {
  for (const name of ['staging', 'production']) await removeProject(`${project.name}-${name}`)
  await project[Symbol.asyncDispose]()
})

test('a version must serve in staging before it may in production, and be the very same image there', async () => {
  const refused = await make('deploy', { ENV: 'production', VERSION: '1.1.0' })
  expect(refused.exitCode).not.toBe(0)
  expect(refused.stderr).toContain(`has not served in staging (the project ${project.name}-staging)`)
  expect(refused.stderr).toMatch(/ +next: make deploy ENV=staging VERSION=1\.1\.0/)
  expect((await must('deploy', { ENV: 'staging' })).stdout).toContain(`127.0.0.1:${project.port + 1}`)
  chmodSync(join(project.folder, 'secrets'), 0o700)
  // What a refused deploy has left is taken away: who had the lock.
  const list = 'find /ledger/"$0"* -type f ! -name lock.holder -printf "%p %M %s %T@\\n" | sort'
  const ledger = async () => (await exec(['bash', '-c', list, project.name])).stdout
  const before = await ledger()
  const plan = await must('plan', { ENV: 'production', VERSION: '1.1.0', JSON: '1' })
  expect(JSON.parse(plan.stdout)).toMatchObject({ version: '1.1.0', fingerprint: null })
  expect(await ledger(), 'a plan writes nothing, not even the key of the digests of secrets').toBe(before)
  const promoted = await must('deploy', { ENV: 'production', VERSION: '1.1.0' })
  expect(promoted.stderr).not.toContain('buildx build')
  const [staging, production] = [`${project.name}-staging-app-1`, `${project.name}-production-app-1`]
  expect(await inspect(production, '{{.Image}}')).toBe(await inspect(staging, '{{.Image}}'))
  expect(await inspect(production, '{{json .Config.Env}}')).toContain('GREETING=from-production')
  expect(await inspect(staging, '{{json .Config.Env}}')).not.toContain('GREETING')
})

test('a secret must exist and be readable by nobody else; another secret must make another release', async () => {
  const deploy = { ENV: 'production', VERSION: '1.1.0' }
  expect((await must('deploy', deploy)).stdout).toContain('unchanged')
  const plan = await must('plan', deploy)
  write('secrets/token', 'marker-of-another-token\n', 0o444)
  const changed = await must('deploy', deploy)
  expect(changed.stdout).toContain('deployed: 1.1.0')
  for (const { stdout, stderr } of [plan, changed]) expect(stdout + stderr).not.toContain('marker-of')
  chmodSync(join(project.folder, 'secrets'), 0o755)
  const open = await make('deploy', deploy)
  expect(open.stderr).toMatch(/the secret token \(\S+\) can be read by others \(mode 444\)\n +next: chmod 600/)
  await exec(['rm', join(project.folder, 'secrets/token')], { quiet: true })
  const missing = await make('deploy', deploy)
  expect(missing.stderr).toMatch(/the secret token \(\S+\) cannot be read: there is no such file in the checkout/)
})

test('an environment without settings must be refused with the choices', async () => {
  const { stderr, exitCode } = await make('status', { ENV: 'prodution' })
  expect(exitCode).not.toBe(0)
  expect(stderr).toMatch(
    /ENV="prodution" has no settings here; known environments are development, production, staging\n +next: write \.env\.prodution/,
  )
})
