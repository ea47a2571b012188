import { spawn } from 'node:child_process'
import { on, once } from 'node:events'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { ledgerPath } from './io/ledger.ts'
import { takeLock, whereDead } from './io/lock.ts'

const claim = { PROJECT: `unit-lock-${process.pid}`, WAIT: 0, caller: 'porthos' }

/** A process that takes the lock, and says so; then it does `more`. Waits until it has said that word. */
async function hold(more: string, word = 'held') {
  const text = `import { takeLock } from './scripts/state/io/lock.ts'
    import { exec } from './scripts/cli/io/exec.ts'
    await takeLock(${JSON.stringify({ ...claim, caller: 'athos' })}, 'deploy')
    console.log('held')
    ${more}`
  const holder = spawn('node', ['--input-type=module', '--eval', text])
  onTestFinished(() => void holder.kill('SIGKILL'))
  onTestFinished(() => rmSync(ledgerPath(claim.PROJECT), { recursive: true, force: true }))
  let said = ''
  // On a busy host, two lines come at once.
  for await (const [piece] of on(holder.stdout, 'data')) {
    said += piece
    if (said.includes(word)) break
  }
  return holder
}

test('a frozen holder must keep the lock and be named, and one that was killed must hold nothing [fault 6]', async () => {
  const lock = ledgerPath(claim.PROJECT, 'lock')
  const holder = await hold('setInterval(() => {}, 1000)')
  holder.kill('SIGSTOP')
  await expect(takeLock(claim, 'deploy')).rejects.toThrow(
    /make deploy of athos \(process \d+ on \S+\) holds the project/,
  )
  expect(await whereDead(claim, async () => {})).toBe(false)
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  expect(existsSync(lock)).toBe(true)
  expect(await whereDead(claim, async () => {})).toBe(true)
})

test('who runs in another container must not be taken for killed, and waited for: its process is not one of here', async () => {
  await hold('setInterval(() => {}, 1000)')
  const file = ledgerPath(claim.PROJECT, 'lock.holder')
  const elsewhere = { pid: 999_999_999, space: 'pid:[1]' }
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), ...elsewhere }))
  expect(await whereDead(claim, async () => {})).toBe(false)
})

test('the last command of a killed run must be waited for', async () => {
  const holder = await hold(
    "await exec(['sh', '-c', 'echo begun >&2; sleep 1'], { tap: () => console.log('begun') })",
    'begun',
  )
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  expect(await whereDead(claim, async () => {})).toBe(true)
})
