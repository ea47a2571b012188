import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { ledgerPath } from './io/ledger.ts'
import { takeLock, whereDead } from './io/lock.ts'

test('a frozen holder must keep the lock and be named, and one that was killed must hold nothing [fault 6]', async () => {
  const claim = { PROJECT: `unit-lock-${process.pid}`, WAIT: 0, caller: 'porthos' }
  const lock = ledgerPath(claim.PROJECT, 'lock')
  onTestFinished(() => rmSync(ledgerPath(claim.PROJECT), { recursive: true }))
  const hold = `import { takeLock } from './scripts/state/io/lock.ts'
    await takeLock(${JSON.stringify({ ...claim, caller: 'athos' })}, 'deploy')
    console.log('held')
    setInterval(() => {}, 1000)`
  const holder = spawn('node', ['--input-type=module', '--eval', hold])
  onTestFinished(() => void holder.kill('SIGKILL'))
  await once(holder.stdout, 'data')
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
