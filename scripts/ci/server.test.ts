import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { type CiServer, detectServer, serverVariables } from '../config/ci-server.ts'
import { annotateFailure, closeGroup, openGroup } from './server.ts'

const text = 'test (2 of 3)'
const ended = (server: CiServer, passed = true) => closeGroup(server, 'test', passed, 1_700_000_009)

test.each([
  // docs.github.com, "Workflow commands for GitHub Actions": Grouping log lines
  ['github', '::group::test (2 of 3)', '::endgroup::'],
  // docs.gitlab.com, "GitLab CI/CD job logs": Custom collapsible sections, with the option collapsed
  [
    'gitlab',
    '\x1b[0Ksection_start:1700000000:test[collapsed=true]\r\x1b[0Ktest (2 of 3)',
    '\x1b[0Ksection_end:1700000009:test\r\x1b[0K',
  ],
  // learn.microsoft.com, Azure Pipelines, "Logging commands": Formatting commands
  ['azure', '##[group]test (2 of 3)', '##[endgroup]'],
  // jetbrains.com/help/teamcity, "Service Messages": Blocks of Service Messages
  [
    'teamcity',
    "##teamcity[blockOpened name='test' description='test (2 of 3)']",
    "##teamcity[blockClosed name='test']",
  ],
  // buildkite.com/docs, "Managing log output": Grouping log output; the next group ends the one before
  ['buildkite', '--- test (2 of 3)', undefined],
  ['plain', '=== test (2 of 3)', undefined],
] as const)('%s must fold a step as its documentation says', (server, open, close) => {
  expect(openGroup(server, 'test', text, 1_700_000_000)).toBe(open)
  expect(ended(server)).toBe(close)
})

test('Buildkite must be told to open the group that failed', () => {
  expect(ended('buildkite', false)).toBe('^^^ +++')
})

test('text that a server would read as a command must be escaped', () => {
  expect(openGroup('github', 'test', '100%\n::error::no', 0)).toBe('::group::100%25%0A::error::no')
  expect(annotateFailure('github', '50%\nof it')).toBe('::error title=make ci::50%25%0Aof it')
  expect(annotateFailure('teamcity', "it's [not] a|b\n")).toBe(
    "##teamcity[buildProblem description='it|'s |[not|] a||b|n']",
  )
})

test('a failure must be annotated only for a server that shows annotations', () => {
  expect(annotateFailure('azure', 'ci failed')).toBe('##[error]ci failed')
  expect(annotateFailure('gitlab', 'ci failed')).toBeUndefined()
  expect(annotateFailure('plain', 'ci failed')).toBeUndefined()
})

test('a server must be detected by its own variable, and any other job must be plain', () => {
  expect(detectServer({ GITHUB_ACTIONS: 'true', CI: 'true' })).toBe('github')
  expect(detectServer({ GITLAB_CI: 'true' })).toBe('gitlab')
  expect(detectServer({ TF_BUILD: 'True' })).toBe('azure')
  expect(detectServer({ TEAMCITY_VERSION: '2025.07' })).toBe('teamcity')
  expect(detectServer({ BUILDKITE: 'true' })).toBe('buildkite')
  expect(detectServer({ CI: 'true', GITHUB_ACTIONS: '' })).toBe('plain')
})

test('the toolkit container must be given each of these variables', () => {
  const { services } = parse(readFileSync('compose/toolkit.yaml', 'utf8')) as {
    services: { toolkit: { environment: string[] } }
  }
  expect(services.toolkit.environment).toEqual(expect.arrayContaining(serverVariables))
})
