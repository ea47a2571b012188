import { Failure } from '../../cli/failure.ts'
import { written } from '../../cli/io/places.ts'
import { showResult } from '../../cli/io/screen.ts'
import type { Options } from '../../config/options.ts'
import { freePortFrom } from '../../docker/io/free-port.ts'
import { removeLabelled } from '../../docker/io/remove-labelled.ts'
import { LESSON_LABEL } from '../../docker/labels.ts'
import { lockedImage } from '../../image/io/images.ts'
import { CHAPTERS } from '../chapters.ts'
import { renamed } from '../names.ts'
import { languageOf } from '../said.ts'
import { hasTerminal } from './keys.ts'
import { closeStage, openStage, provideImage } from './stage.ts'
import { tell } from './tell.ts'

const PREFIX = 'tour-'
const FOLDER = written('.cache/tour')

/** Tells the chapters from CHAPTER on, and leaves nothing behind. Throws a Failure where a claim does not hold. */
export async function giveTour({ chapter, language, yes }: Options): Promise<void> {
  const from = Number(chapter ?? 1)
  if (!CHAPTERS[from - 1])
    throw new Failure(`CHAPTER=${JSON.stringify(chapter)} is none of the ${CHAPTERS.length} chapters`, {
      next: `make tour CHAPTER=${CHAPTERS.length}`,
    })
  await removeAll()
  try {
    const names = renamed({ '8099': String(await freePortFrom(8099)) })
    const stage = openStage(FOLDER, PREFIX, names)
    await provideImage('tour-python', lockedImage('python').reference, PREFIX)
    const left = await tell(CHAPTERS, from, stage, { language: languageOf(language), waits: hasTerminal() && !yes })
    showResult(`\n${left ? `make tour CHAPTER=${left}` : 'make practice'}\n`)
  } finally {
    await removeAll()
  }
}

async function removeAll(): Promise<void> {
  await removeLabelled(`${LESSON_LABEL}=${PREFIX}`)
  await closeStage(FOLDER)
}
