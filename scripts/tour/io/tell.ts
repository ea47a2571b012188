import { Failure, messageOf } from '../../cli/failure.ts'
import { checkSignals } from '../../cli/io/interrupt.ts'
import { paint, showResult } from '../../cli/io/screen.ts'
import { printable } from '../../cli/printable.ts'
import type { Chapter, Claim } from '../chapter.ts'
import { indent, renderClaim, renderTitle, shorten, WELCOME, wrap } from '../report.ts'
import type { Language } from '../said.ts'
import { ask } from './keys.ts'
import type { Stage } from './stage.ts'

type Telling = {
  readonly language: Language
  /** Whether a person goes on with Enter. */
  readonly waits: boolean
}

/** Runs the commands of a claim, each after `before`. Gives what each has printed, once the claim has been seen to hold. */
export async function play(
  { files = {}, run, holds }: Claim,
  stage: Stage,
  on: { before?: (command: string) => Promise<void>; after?: (output: string) => void } = {},
): Promise<void> {
  stage.write(files)
  const outputs: string[] = []
  for (const command of run) {
    await on.before?.(command)
    const { output } = await stage.run(command)
    outputs.push(output)
    on.after?.(output)
  }
  await holds(outputs, stage.look)
}

/**
 * Tells the chapters from the given one on. Gives the chapter at which a person has left; undefined at the end. Throws a
 * Failure where a claim does not hold.
 */
export async function tell(chapters: readonly Chapter[], from: number, stage: Stage, telling: Telling) {
  const { language, waits } = telling
  const enter = { en: 'Enter runs it, Ctrl-C ends the tour', de: 'Enter führt es aus, Strg-C beendet die Tour' }[
    language
  ]
  const before = async (command: string) => {
    checkSignals()
    say(`\n${paint(1, `$ ${command}`)}`)
    if (!waits) return
    if ((await ask(paint(2, `  [${enter}] `))) === undefined) throw new Left()
    process.stdout.write(UP_AND_ERASE)
  }
  const after = (output: string) => {
    checkSignals()
    if (output) say(indent(printable(shorten(output))))
  }
  say(wrap(WELCOME[language]))
  for (const [n, chapter] of [...chapters.entries()].slice(from - 1)) {
    say(paint(36, renderTitle(chapter, n + 1, chapters.length, language)))
    for (const [m, claim] of chapter.claims.entries()) {
      say(renderClaim(claim, language, chapter.claims[m - 1]?.files))
      try {
        await play(claim, stage, { before, after })
      } catch (error) {
        if (error instanceof Left) return n + 1
        if (error instanceof Failure) throw error
        throw new Failure(`this does not hold on this engine: ${claim.claim[language]}`, {
          detail: messageOf(error),
          next: 'make doctor',
        })
      }
      say(`\n${paint(32, wrap(`✓ ${claim.claim[language]}`))}`)
    }
  }
  return undefined
}

// The person at the terminal has had enough.
class Left extends Error {}
const UP_AND_ERASE = '\x1b[1A\x1b[2K'

const say = (text: string) => showResult(`${text}\n`)
