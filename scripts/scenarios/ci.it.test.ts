import { globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { exec, tryExec } from '../cli/io/exec.ts'
import { waitFor } from '../cli/io/wait.ts'
import { PROJECT_LABEL, TEST_LABEL } from '../docker/labels.ts'
import { ledgerPath } from '../state/io/ledger.ts'
import { testInProof } from '../testing/proof.ts'
import { TestProject } from '../testing/test-project.ts'
import { removeTests } from './short-tests.ts'

// `make ci` as a server starts it: no terminal, nothing on standard input, hardly an environment.
let project: TestProject
let commits = 0
let version: string
const ci = (env: Record<string, string> = {}, before: readonly string[] = [], cwd = project.folder) => {
  const given = Object.entries({ PATH: process.env['PATH'] ?? '', ...project.environment(), ...env })
  const environment = given.map(([name, value]) => `${name}=${value}`)
  const argv = ['env', '-i', ...environment, 'setsid', '--wait', ...before, 'make', 'ci'] as const
  return tryExec(argv, { cwd, quiet: true })
}
const lastLines = (text: string, count: number) => text.trimEnd().split('\n').slice(-count).join('\n')

beforeAll(async () => {
  project = await TestProject.create({ own: true })
  // The suites themselves run in `make check`; one test stands for them.
  removeTests(project)
})
beforeEach(async () => {
  project.write('sample-app/tests/test_one.py', 'def test_one():\n    assert True\n')
  version = `1.${++commits}.0`
  await project.commit(version)
})
afterAll(async () => await project[Symbol.asyncDispose]())

test('a job must leave a plain log, a summary, and JUnit files that git does not see', async () => {
  const { exitCode, stdout, stderr } = await ci({ CI: 'true' })
  expect(exitCode, stderr).toBe(0)
  expect(stdout).toMatch(
    /^ci passed: .*\n +build +.* s: image .*\n +test +.* s: application 1 test in .* s, integration \d+ tests in .*\n +audit +skipped: not checked.*\n +tag +.* s: .*\n +push +skipped: IMAGE_REPOSITORY=/,
  )
  expect(stdout.startsWith(`ci passed: ${version}\n`)).toBe(true)
  expect(stderr).toMatch(/^=== build \(1 of 5\)\n/)
  expect(`${stdout}${stderr}`).not.toContain('\x1b')
  const reports = globSync('reports/*', { cwd: project.folder })
  expect(reports.toSorted()).toEqual(
    ['junit-application.xml', 'junit-integration.xml', 'last.log', 'summary.md'].map((name) => `reports/${name}`),
  )
  expect(readFileSync(join(project.folder, 'reports/junit-application.xml'), 'utf8')).toContain('tests="1"')
  expect(await project.git('status', '--porcelain')).toBe('')
})

testInProof(
  'a job that is run again must have the JUnit files of the image, byte for byte, without testing it again',
  async () => {
    // Of no encoding that a reader would guess.
    const odd = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><testsuite name="caf\xe9"/>', 'latin1')
    const files = [
      `odd.xml').write_bytes(bytes.fromhex('${odd.toString('hex')}'))`,
      `large.xml').write_bytes(b'<!---->' * 10**6)`,
    ]
    const body = files.map((file) => `    Path('/reports/${file}\n`).join('')
    project.write('sample-app/tests/test_one.py', `from pathlib import Path\n\ndef test_one():\n${body}`)
    await project.git('add', '--all')
    await project.git('commit', '--quiet', '--message', 'Reports of its own')
    const first = await ci()
    expect(first.exitCode, first.stderr).toBe(0)
    expect(first.stderr).toContain(
      'reports/junit-application-large.xml is too large to be kept with the evidence: 7.0 MB',
    )
    const names = ['application-odd', 'application', 'integration'].map((name) => `reports/junit-${name}.xml`)
    const read = () => names.map((name) => readFileSync(join(project.folder, name)))
    const before = read()
    expect(before[0]).toEqual(odd)
    for (const run of [() => ci(), () => project.make('test')]) {
      // What another image has left is not of this one.
      project.write('reports/junit-application-other.xml', '<testsuite/>')
      const again = await run()
      expect(again.exitCode, again.stderr).toBe(0)
      expect(again.stdout + again.stderr).toContain('unchanged: 1.')
      expect(globSync('reports/junit-*', { cwd: project.folder }).toSorted()).toEqual(names)
      expect(read()).toEqual(before)
      rmSync(join(project.folder, 'reports'), { recursive: true })
    }
    const kept = ledgerPath(project.name, 'reports', 'x').slice(0, -1)
    // As of an image that is gone, and of a version of the toolkit that kept none.
    for (const name of readdirSync(kept)) renameSync(kept + name, `${kept}${'0'.repeat(64)}.json`)
    const without = await project.make('test')
    expect(without.exitCode, without.stderr).toBe(0)
    expect(without.stderr).toContain('no JUnit files of that run are kept')
    expect((await project.must('prune')).stdout).toMatch(/evidence +0{12} .* its image is gone\n/)
    expect(readdirSync(kept)).toEqual([])
  },
)

testInProof('on GitHub steps must be folded, and the summary added to the page of the job', async () => {
  mkdirSync('.cache', { recursive: true })
  const summary = join(`${project.folder} step summary`)
  onTestFinished(() => rmSync(summary))
  writeFileSync(summary, 'before\n')
  const { exitCode, stderr } = await ci({ GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary })
  expect(exitCode, stderr).toBe(0)
  expect(stderr).toMatch(/^::group::build \(1 of 5\)\n[\s\S]*\n::endgroup::\n::group::test \(2 of 5\)\n/)
  expect(readFileSync(summary, 'utf8')).toMatch(/^before\n### make ci: 1\.\d+\.0\n[\s\S]*\| test \| passed \|/)
})

test('a test that fails must be clear from the tail of the log, and from the one document of JSON=1', async () => {
  project.write('sample-app/tests/test_one.py', 'def test_one():\n    assert False\n')
  const dockerfile = readFileSync(join(project.folder, 'sample-app/Dockerfile'), 'utf8')
  project.write('sample-app/Dockerfile', `${dockerfile}ENV API_TOKEN=x\n`)
  await project.commit('9.0.1')
  const { exitCode, stdout, stderr } = await ci({ JSON: '1' })
  expect(exitCode).toBe(1)
  expect(stderr).toMatch(/^! sample-app\/Dockerfile:\d+: .*\(SecretsUsedInArgOrEnv\)$/m)
  expect(lastLines(stderr, 8)).toMatch(
    /^ +build .*\n +test +FAILED after .*\n(?:.*\n){4}error: ci failed at test \(step 2 of 5\) of 9\.0\.1\n +next: make build test/,
  )
  expect(JSON.parse(stdout)).toMatchObject({
    outcome: 'failed',
    version: '9.0.1',
    steps: [
      { outcome: 'passed' },
      { target: 'test', outcome: 'failed' },
      { target: 'audit', outcome: 'skipped' },
      { outcome: 'not run' },
      { outcome: 'skipped' },
    ],
  })
  expect(readFileSync(join(project.folder, 'reports/junit-application.xml'), 'utf8')).toContain('failures="1"')
})

test('a shallow clone must be refused with the command that mends it, unless its commit is a version', async () => {
  const shallow = `${project.folder}-shallow`
  onTestFinished(() => rmSync(shallow, { recursive: true }))
  await project.git('commit', '--quiet', '--allow-empty', '--message', 'No version')
  await exec(['git', 'clone', '--quiet', '--depth', '1', `file://${project.folder}`, shallow], { quiet: true })
  await exec(['cp', join(project.folder, 'compose/images/lock.json'), join(shallow, 'compose/images/')], {
    quiet: true,
  })
  const refused = await project.make('ci', {}, shallow)
  expect(refused.exitCode).not.toBe(0)
  expect(refused.stderr).toMatch(/shallow clone.*\n +next: git fetch --unshallow --tags/)
  await exec(['git', 'fetch', '--quiet', '--depth', '1', 'origin', `refs/tags/v${version}:refs/tags/v${version}`], {
    cwd: shallow,
  })
  await exec(['git', 'checkout', '--quiet', `v${version}`], { cwd: shallow, quiet: true })
  expect((await project.make('tag', {}, shallow)).stderr).toContain(`no image was built for ${version}`)
})

testInProof('a job must wait for another run that holds the project', async () => {
  await ci()
  const lock = ledgerPath(project.name, 'lock')
  // Held until the kernel shows somebody who waits for it.
  const untilAwaited =
    'touch "$0.held"; until grep -q -- "-> FLOCK .*:$(stat -c %i "$0") " /proc/locks; do sleep 0.1; done'
  const holder = tryExec(['timeout', '60', 'flock', lock, 'sh', '-c', untilAwaited, lock], { quiet: true })
  await waitFor(async () => (await tryExec(['test', '-e', `${lock}.held`], { quiet: true })).exitCode === 0, 10)
  const { exitCode, stderr } = await project.make('ci')
  expect((await holder).exitCode).toBe(0)
  expect(exitCode, stderr).toBe(0)
  expect(stderr).toContain('waiting for it to end')
})

testInProof('a job that is cancelled must end at once, and leave no container', async () => {
  project.write('sample-app/tests/test_one.py', 'import time\n\ndef test_one():\n    time.sleep(900)\n')
  await project.commit('9.0.2')
  const { exitCode } = await ci({}, ['timeout', '--signal', 'TERM', '20'])
  expect(exitCode).not.toBe(0)
  const left = [
    'docker',
    'ps',
    '--quiet',
    '--filter',
    `label=${TEST_LABEL}`,
    '--filter',
    `label=${PROJECT_LABEL}=${project.name}`,
  ] as const
  const gone = async () => (await exec(left, { quiet: true })).stdout === ''
  expect(await waitFor(gone, 30)).toBe(true)
})
