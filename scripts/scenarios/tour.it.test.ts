import { afterAll, beforeAll, describe, test } from 'vitest'
import { freePortFrom } from '../docker/io/free-port.ts'
import { removeLabelled } from '../docker/io/remove-labelled.ts'
import { LESSON_LABEL } from '../docker/labels.ts'
import { lockedImage } from '../image/io/images.ts'
import { testRun } from '../state/io/lock.ts'
import type { Chapter } from '../tour/chapter.ts'
import { CHAPTERS } from '../tour/chapters.ts'
import { closeStage, openStage, provideImage } from '../tour/io/stage.ts'
import { play } from '../tour/io/tell.ts'
import { renamed } from '../tour/names.ts'

// The chapters run beside each other, with names that nothing else on this engine has.
const PREFIX = `e2e-${testRun()}-tour-`
const folderOf = (chapter: Chapter) => `.cache/${PREFIX}${CHAPTERS.indexOf(chapter as (typeof CHAPTERS)[number])}`
const played = new Map<Chapter, Promise<void>[]>()

beforeAll(async () => {
  const names = renamed({ 'tour-': PREFIX, '8099': String(await freePortFrom(20_100)) })
  await provideImage(names.toEngine('tour-python'), lockedImage('python').reference, PREFIX)
  for (const chapter of CHAPTERS) {
    const stage = openStage(folderOf(chapter), PREFIX, names)
    let before = Promise.resolve()
    const claims = chapter.claims.map((claim) => {
      before = before.catch(() => {}).then(() => play(claim, stage))
      before.catch(() => {})
      return before
    })
    played.set(chapter, claims)
  }
})

afterAll(async () => {
  await Promise.allSettled([...played.values()].flat())
  await removeLabelled(`${LESSON_LABEL}=${PREFIX}`)
  for (const chapter of CHAPTERS) await closeStage(folderOf(chapter))
})

describe.each(CHAPTERS.map((chapter) => [chapter.title.en, chapter] as const))('%s', (_, chapter) => {
  test.each(chapter.claims.map(({ claim }, n) => [claim.en, n] as const))('%s', async (_claim, n) => {
    await played.get(chapter)?.[n]
  })
})
