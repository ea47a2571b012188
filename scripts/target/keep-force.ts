import type { Forced } from '../config/options.ts'
import { targets } from '../config/targets.ts'

/**
 * A suggested text with the words that FORCE has already: each `FORCE=word` of a command names those of them, too, that its
 * target takes. Otherwise two refusals would send their reader to and fro.
 */
export const keepForce = (next: string, forced: Forced): string =>
  next.replace(COMMAND, (_, command: string, target: string, word: string) => {
    const [, taken] = targets.find(([name]) => name === target) ?? []
    const kept = (taken?.force ?? []).filter((one) => forced.has(one) && one !== word)
    return `${command}FORCE=${[...kept, word].join(',')}`
  })

// `make deploy FORCE=word`, or `make deploy   (FORCE=word does …)`.
const COMMAND = /(\bmake ([a-z-]+)(?:(?!\bmake ).)*?\b)FORCE=([a-z-]+)/g
