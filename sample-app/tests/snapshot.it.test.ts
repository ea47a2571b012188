// Not reached by: src/journal/templates/**, tests/test_*.py
import type { StartedTestContainer } from 'testcontainers'
import { expect, test } from 'vitest'
import { createVolume, Journal, post } from './support.ts'

const ROUNDS = 6
const WRITERS = 4

// Prints the description of the copy twice, as it was taken and as it is read back, and then its lines.
const round = `
folder=$(mktemp -d)
journal-snapshot "$folder"
export DATABASE_URL="sqlite:///$folder/journal.db"
journal-describe
python -c 'import sqlite3, sys; print(*(row[0] for row in sqlite3.connect(sys.argv[1]).execute("SELECT text FROM entries")), sep="\\n")' "$folder/journal.db"
rm "$folder/journal.db"
rmdir "$folder"`

test('a snapshot among writers must hold every line acknowledged before it, once, and be described alike [fault 43]', async () => {
  await using volume = await createVolume()
  await using journal = await new Journal(volume.name).start()
  const acknowledged: string[] = []
  let writing = true
  const writers = Array.from({ length: WRITERS }, async (_, writer) => {
    for (let n = 0; writing; n++) {
      const line = `writer ${writer} line ${n}`
      expect(await post(journal, line)).toBe(201)
      acknowledged.push(line)
    }
  })
  try {
    for (let n = 0; n < ROUNDS; n++) {
      const before = [...acknowledged]
      const [taken, described, ...lines] = await run(journal, round)
      expect(described).toBe(taken)
      expect(JSON.parse(taken ?? '')).toMatchObject({ tables: { entries: { rows: lines.length } } })
      const kept = new Set(lines)
      expect(kept.size).toBe(lines.length)
      expect(before.filter((line) => !kept.has(line))).toEqual([])
    }
  } finally {
    writing = false
    await Promise.all(writers)
  }
})

async function run(journal: StartedTestContainer, script: string): Promise<string[]> {
  const { exitCode, stdout, stderr } = await journal.exec(['sh', '-euc', script])
  expect(exitCode, stderr).toBe(0)
  return stdout.trimEnd().split('\n')
}
