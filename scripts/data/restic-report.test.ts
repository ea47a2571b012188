import { expect, test } from 'vitest'
import { acceptStoredAgain, INCOMPLETE, parseBackup, progressIn } from './restic-report.ts'

const result = (over: { stdout?: string; stderr?: string; exitCode?: number }) => ({
  ...{ stdout: '', stderr: '', exitCode: 0 },
  ...over,
})
const said = (...lines: object[]) => `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`

test('a backup must be read from its lines: id, bytes, and the files that are new or have changed', () => {
  const stdout = said(
    { message_type: 'verbose_status', action: 'new', item: '/volumes/data/a' },
    { message_type: 'verbose_status', action: 'modified', item: '/volumes/data/b' },
    { message_type: 'verbose_status', action: 'new', item: '/volumes/data/folder/' },
    { message_type: 'verbose_status', action: 'unchanged', item: '/volumes/data/c' },
    { message_type: 'summary', snapshot_id: 'abc', total_bytes_processed: 12 },
  )
  const changed = ['/volumes/data/a', '/volumes/data/b']
  expect(parseBackup(result({ stdout }))).toEqual({ id: 'abc', bytes: 12, changed })
})

test('a backup without a summary must have no id', () => {
  expect(parseBackup(result({}))).toEqual({ id: '', bytes: 0, changed: [] })
})

const again = { message_type: 'error', error: { message: 'blob is gone; storing the file again' } }
const stored = JSON.stringify(again).replace(' }', '}')
test.each([
  ['only what was stored again is missed', stored, 0],
  ['anything else is missed, too', `${stored}\n{"message_type":"error","error":{"message":"denied"}}`, INCOMPLETE],
  ['nothing is named', '', INCOMPLETE],
])('where %s, an incomplete backup must end with the status that says so', (_, stderr, exitCode) => {
  expect(acceptStoredAgain(result({ stderr, exitCode: INCOMPLETE })).exitCode).toBe(exitCode)
})

test('no other status must be taken for a success', () => {
  expect(acceptStoredAgain(result({ stderr: stored, exitCode: 1 })).exitCode).toBe(1)
})

// As restic 0.18 prints it.
test.each([
  [
    'a backup',
    '{"message_type":"status","percent_done":0,"bytes_done":27524600,"current_files":["/volumes/big"]}',
    '27.5 MB',
  ],
  [
    'a restore',
    '{"message_type":"status","percent_done":0.2,"total_bytes":600000000,"bytes_restored":140123566}',
    '140 MB of 600 MB',
  ],
  ['what is no status', '{"message_type":"verbose_status","action":"new","item":"\\"bytes_done\\":1"}', ''],
])('of %s the last whole line must say how far it is', (_, line, said) => {
  expect(progressIn(`{"message_type":"status","bytes_done":1}\n${line}\n{"message_type":"status","byt`)).toBe(
    said || '1 B',
  )
  expect(progressIn(line)).toBe(said)
})
