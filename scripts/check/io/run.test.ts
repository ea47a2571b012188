import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'

// Two suites as `make check` runs them; the first takes far longer than this test may.
const CHECK = `
import { runSuites } from './scripts/check/io/run.ts'
import { runMain } from './scripts/target/io/run-main.ts'
const suites = ['one', 'two'].map((name) => ({ name, commands: [{ argv: ['sleep', '600'] }, { argv: ['sleep', '601'] }] }))
await runMain(async () => void (await runSuites('abc123', suites, async () => void process.stderr.write('swept\\n'))))
`

test.each([
  ['SIGINT', 'it alone', 1],
  ['SIGTERM', 'it alone', 1],
  ['SIGINT', 'its process group', -1],
  ['SIGTERM', 'its process group', -1],
] as const)('%s to %s must end the run at once, start nothing more, and sweep', async (signal, _, sign) => {
  const node = spawn(process.execPath, ['--input-type=module', '--eval', CHECK], {
    ...{ detached: true, stdio: 'pipe' },
    env: { ...process.env, VERBOSE: '1' },
  })
  const ended = new Promise((resolve) => node.once('close', resolve))
  node.stderr.on('data', (piece: Buffer) => {
    if (piece.includes('$ sleep 600')) process.kill(sign * (node.pid ?? 0), signal)
  })
  const said = await text(node.stderr)
  expect(await ended).toBe(130)
  expect(said.match(/^(swept|→ .*|\$ .*|error: .*)$/gm)).toEqual([
    'swept',
    '→ check one (1 of 2)',
    '$ sleep 600',
    'swept',
    `error: interrupted by ${signal}`,
  ])
})
