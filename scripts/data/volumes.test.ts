import { expect, test } from 'vitest'
import { isSavedIn } from './volumes.ts'

test('a volume in which nothing ever was must not be said to have lost its data: the snapshot has none', () => {
  const listing = 'snapshot 9e6eb494 of [/volumes /copies]:\n/volumes\n/volumes/db\n/volumes/other\n/volumes/other/a\n'
  expect(isSavedIn(listing, 'db')).toBe(false)
  expect(isSavedIn(listing, 'other')).toBe(true)
  expect(isSavedIn('/copies/db/dump.sql\n/volumes/dbs/a\n', 'db')).toBe(true)
})
