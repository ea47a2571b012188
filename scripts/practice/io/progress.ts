import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import * as v from 'valibot'
import { written } from '../../cli/io/places.ts'
import { readPlainFile } from '../../cli/io/plain-file.ts'
import { tryJson } from '../../cli/parse.ts'

const FILE = written('.cache/practice.json')
const PROGRESS = v.object({
  /** The exercises that are done. */
  done: v.array(v.string()),
  /** The exercise that was begun last. */
  at: v.optional(v.string()),
  /** The exercise that is being done, and what its setup has printed. */
  current: v.optional(v.object({ id: v.string(), made: v.string() })),
})
export type Progress = v.InferOutput<typeof PROGRESS>

/** What a person has done so far; nothing where no file, or no such file, says so. */
export function readProgress(): Progress {
  const found = tryJson(readPlainFile(FILE) ?? '')
  return v.is(PROGRESS, found) ? found : { done: [] }
}

export function writeProgress(progress: Progress): void {
  mkdirSync(dirname(FILE), { recursive: true })
  writeFileSync(FILE, `${JSON.stringify(progress)}\n`)
}
