import { posix } from 'node:path'
import { scriptsRun } from '../config-files.ts'
import type { Old } from '../draft.ts'
import { uncommented } from '../guess.ts'
import { isWithin } from '../source-tree.ts'

/**
 * Where the image of a service has a copy of one of its folders that each start copies back, over what a volume holds there; undefined
 * for one that does so into an empty volume alone.
 */
export function refilledFrom(old: Old, folder: string): string | undefined {
  const { workdir = '/', runs = [] } = old.stage ?? {}
  const copies = runs.flatMap((run) =>
    [...run.matchAll(COPIES)].flatMap(([, from = '', to = '']) =>
      posix.resolve(workdir, from) === folder ? posix.resolve(workdir, to) : [],
    ),
  )
  return copies.find((copy) => scriptsRun(old).some(({ text }) => fills(uncommented(text), folder, copy, workdir)))
}
const COPIES = /\bcp\s+(?:-\w*[aRr]\w*\s+)(?:-\S+\s+)*(\S+?)(?:\/\.?)?\s+([^\s;&|]+)/g

function fills(text: string, folder: string, copy: string, workdir: string): boolean {
  if (!text.includes(copy)) return false
  const [, top = workdir] = /^\s*cd\s+(\/\S*)/m.exec(text) ?? []
  // Up to what only the start knows.
  const placeOf = (word: string) => posix.resolve(top, word.replace(/[$*].*/, '').replace(/(.)\/\.?$/, '$1'))
  const wordsOf = (line: string) => line.split(/[\s"'();]+/).filter(Boolean)
  const lines = text.split('\n')
  // What asks whether the volume has something fills an empty one.
  const asks = lines.some(
    (line) => /(\[|\btest|\bls)\s/.test(line) && wordsOf(line).some((word) => isWithin(placeOf(word), folder)),
  )
  const isBack = (command: string) => {
    const words = wordsOf(command)
    const isWhole = words.some((word) => word.startsWith('$') || placeOf(word) === copy)
    return BACK.test(command) && isWhole && placeOf(words.at(-1) ?? '') === folder
  }
  const commands = lines.flatMap((line) => line.replaceAll(/\$\([^)]*\)/g, '$').split(/&&|\|\||;|\d?>/))
  return !asks && !/-z\s+"?\$\(/.test(text) && commands.some(isBack)
}
const BACK = /\b(?:cp\s+-\w*[aRr]\w*|rsync)\s(?!.*\s-(?:n|u|-no-clobber|-update|-ignore-existing)\s)/
