import { execFileSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import Parser from 'web-tree-sitter'
import { parse } from 'yaml'

const GITLAB = 'docs/guides/ci/gitlab-ci.yml'
const JENKINS = 'docs/guides/ci/Jenkinsfile'
const BUILDBOT = 'docs/guides/ci/buildbot-master.cfg'
const makefile = readFileSync('dartagnan.mk', 'utf8')
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gitlab-'))
  execFileSync('git', ['init', '--quiet', folder])
})
afterAll(() => rmSync(folder, { recursive: true }))

// This linter holds GitLab's own schema, and resolves what a job extends. Gives the resolved file.
function lintGitlab(text: string): string {
  writeFileSync(join(folder, '.gitlab-ci.yml'), text)
  const linter = createRequire(import.meta.url).resolve('gitlab-ci-local')
  return execFileSync('node', [linter, '--preview'], { cwd: folder, encoding: 'utf8', stdio: 'pipe' })
}

test("the file for GitLab must follow GitLab's schema", () => {
  expect(lintGitlab(readFileSync(GITLAB, 'utf8'))).toContain('make ci')
})

test.each([
  ['an unknown key', 'resource_group:', 'resource_grop:'],
  ['an invalid value', 'when: always', 'when: sometimes'],
  ['a missing stage', 'stages: [ci, deploy]', 'stages: [ci]'],
])('the linter must find %s', (_, good, bad) => {
  const text = readFileSync(GITLAB, 'utf8')
  expect(text).toContain(good)
  expect(() => lintGitlab(text.replace(good, bad))).toThrow()
})

test('a deploy by GitLab must wait its turn, and must not be cancelled', () => {
  const jobs = parse(lintGitlab(readFileSync(GITLAB, 'utf8'))) as Record<string, Record<string, unknown>>
  for (const name of ['staging', 'production']) {
    expect(jobs[name]).toMatchObject({ interruptible: false, environment: name })
    expect(jobs[name]?.['resource_group']).toBeDefined()
  }
})

test('the Jenkinsfile must parse as Groovy, and its deploys must queue', async () => {
  await Parser.init()
  const parser = new Parser()
  const { resolve } = createRequire(import.meta.url)
  parser.setLanguage(await Parser.Language.load(resolve('tree-sitter-groovy/tree-sitter-groovy.wasm')))
  const text = readFileSync(JENKINS, 'utf8')
  expect(parser.parse(text).rootNode.hasError).toBe(false)
  expect(parser.parse(text.replace('disableConcurrentBuilds()', 'disableConcurrentBuilds(')).rootNode.hasError).toBe(
    true,
  )
  expect(text).toMatch(/^ {4}disableConcurrentBuilds\(\)( |$)/m)
})

test('Buildbot must give a stopped build the time to undo what it began', () => {
  expect(readFileSync(BUILDBOT, 'utf8')).toContain('sigtermTime=600')
})

test.each([
  [GITLAB, /\bmake ([a-z]+)/g],
  [JENKINS, /\bmake ([a-z]+)/g],
  [BUILDBOT, /\bmake\("([a-z]+)"/g],
])('%s must call existing targets, and the pipeline must be among them', (file, pattern) => {
  const code = readFileSync(file, 'utf8').replaceAll(/^ *(#|\/\/).*$/gm, '')
  const targets = [...code.matchAll(pattern)].map(([, target = '']) => target)
  expect([...new Set(targets)]).toEqual(['setup', 'ci', 'deploy'])
  for (const target of targets) expect(makefile).toMatch(new RegExp(`^${target}:.*## `, 'm'))
})

test('the guide must name each of these files', () => {
  const guide = readFileSync('docs/guides/ci.md', 'utf8')
  for (const file of globSync('docs/guides/ci/*')) expect(guide).toContain(file.replace('docs/guides/', ''))
})
