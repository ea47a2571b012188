import { expect, test } from 'vitest'
import { buildFailure } from './build-failure.ts'

// As BuildKit prints it.
const quote = (line: number) => `------
Dockerfile:${line}
--------------------
  22 |     # The user that serves.
  23 | >>> RUN usradd --uid 10001 journal
--------------------
`
test('a build that fails must name the line, what BuildKit says of it, and what to do', () => {
  const ran = buildFailure(
    'app/Dockerfile',
    `${quote(23)}ERROR: failed to solve: process "/bin/sh -c usradd" did not complete successfully: exit code: 127\n`,
    'the last lines',
  )
  expect(ran.message).toBe('the build fails at line 23 of app/Dockerfile: its command ended with status 127')
  expect([ran.next, ran.detail]).toEqual(['correct line 23 of app/Dockerfile, then: make build', 'the last lines'])
  const missing = buildFailure('Dockerfile', `${quote(19)}ERROR: failed to solve: "/sourcery": not found\n`, '')
  expect(missing.message).toBe('the build fails at line 19 of Dockerfile: "/sourcery": not found')
})

test('a build that fails at no line of its own must send nobody there', () => {
  const { message, next } = buildFailure('Dockerfile', 'ERROR: failed to receive status: no space left on device\n', '')
  expect(message).toBe('the build fails at Dockerfile: failed to receive status: no space left on device')
  expect(next).toBe('make doctor, then: make build')
  expect(buildFailure('Dockerfile', 'killed by SIGKILL', '').message).toContain('BuildKit says no more')
})
