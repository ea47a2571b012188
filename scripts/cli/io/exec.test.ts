import { expect, test } from 'vitest'
import { show } from './attach.ts'
import { setVariable } from './environment.ts'
import { tryExec } from './exec.ts'
import { beginStep, quoteOutput } from './screen.ts'

const MANY = 50_000_000
const print = ['bash', '-c', `head -c ${MANY} /dev/zero | tr '\\0' a | tee >(cat >&2); echo '{"rows": 1}'`] as const

test('of a command that prints without end only what is asked for must be kept, and the rest be counted', async () => {
  let tapped = 0
  const tap = (_: string, piece: Buffer) => {
    tapped += piece.length
  }
  const { stdout, stderr, dropped, exitCode } = await tryExec(print, { quiet: true, keep: 1000, tap })
  expect([exitCode, stdout.endsWith('a{"rows": 1}\n'), stderr.endsWith('aaa')]).toEqual([0, true, true])
  expect(stdout.length + stderr.length).toBeLessThan(300_000)
  expect(stdout.length + stderr.length + (dropped ?? 0)).toBe(tapped)
  expect(tapped).toBe(2 * MANY + '{"rows": 1}\n'.length)
})

test('a character must be read whole, wherever the pieces of a stream end', async () => {
  const { stdout } = await tryExec([
    'bash',
    '-c',
    "for byte in '\\xe2' '\\x82' '\\xac'; do printf $byte; sleep 0.05; done",
  ])
  expect(stdout).toBe('€')
})

test('what an application prints must be shown with its control characters written out', async () => {
  beginStep('a step')
  const status = await show(['bash', '-c', "printf '\\e]0;mine\\a\\e[2Jé\\r\\n'; exit 3"])
  expect([status, quoteOutput(9)]).toEqual([3, '\\x1b]0;mine\\x07\\x1b[2Jé'])
})

test.each([
  ['runs on', 'sleep 9', 0.2, true],
  ['is killed for another reason', 'exit 137', 60, false],
])('a command that %s must be told from others', async (_, command, timeout, out) => {
  expect((await tryExec(['sh', '-c', command], { quiet: true, timeout })).timedOut).toBe(out)
})

test('a command must have no variable that only this container has: a Compose file means that of its .env', async () => {
  setVariable('HOSTNAME', 'container')
  expect((await tryExec(['sh', '-c', 'printenv HOSTNAME'], { quiet: true })).stdout).toBe('')
})
