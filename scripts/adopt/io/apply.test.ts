import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EMPTY } from '../../testing/adoption.ts'
import { withValues } from '../env-lines.ts'
import { planAdoption } from '../plan.ts'
import { applyAdoption } from './apply.ts'

// A copy that others of the host can read, or that has the secrets of init as well, gives them away.
test('a copy of a file outside of git must be closed to others, and follow that file', () => {
  const root = mkdtempSync(join(tmpdir(), 'apply-'))
  const before = process.cwd()
  process.chdir(root)
  try {
    writeFileSync('.env', withValues('A=1\n', {}, { APP_B: '2' }))
    const copies = { secretCopies: [{ from: '.env', to: 'secrets/env-file' }] }
    const run = (write: boolean) =>
      applyAdoption({ ...planAdoption(EMPTY), settings: {}, ...copies }, write).files['secrets/env-file']
    expect([run(false), run(true), run(true)]).toEqual(['new', 'written', 'same'])
    expect(readFileSync('secrets/env-file', 'utf8')).toBe('A=1\n')
    expect([statSync('secrets').mode & 0o777, statSync('secrets/env-file').mode & 0o777]).toEqual([0o700, 0o444])
    writeFileSync('.env', 'A=3\n')
    expect([run(false), run(true)]).toEqual(['old', 'written'])
    expect(readFileSync('secrets/env-file', 'utf8')).toBe('A=3\n')
  } finally {
    process.chdir(before)
  }
})
