// Not reached by: src/journal/templates/**, tests/test_*.py
import { expect, test } from 'vitest'
import { createVolume, Journal, logs, post, texts } from './support.ts'

test('a line posted must survive its container', async () => {
  await using volume = await createVolume()
  {
    await using first = await new Journal(volume.name).start()
    expect(await post(first, 'All for one')).toBe(201)
  }
  await using second = await new Journal(volume.name).start()
  expect(await texts(second)).toEqual(['All for one'])
})

test('one-shot containers at once over one volume must lose nothing [fault 53]', async () => {
  await using volume = await createVolume()
  const lines = Array.from({ length: 8 }, (_, n) => `line ${n}`)
  const ids = await Promise.all(
    lines.map(async (line) => {
      await using container = await new Journal(volume.name).withOneShot('journal-append', line).start()
      return (await logs(container)).match(/^\d+$/m)?.[0]
    }),
  )
  expect(new Set(ids).size).toBe(lines.length)
  await using journal = await new Journal(volume.name).start()
  const kept = await texts(journal)
  expect(kept).toHaveLength(lines.length)
  expect(new Set(kept)).toEqual(new Set(lines))
})
