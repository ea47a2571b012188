import * as v from 'valibot'
import { parseJsonLines } from '../cli/parse.ts'
import { renderBytes } from '../cli/table.ts'
import { STRANGE } from './snapshot.ts'
import type { ResticResult } from './snapshot-states.ts'

/** restic's exit status where it could not read all files (its manual, "Exit codes"). */
export const INCOMPLETE = 3

/** A backup that restic reports: the snapshot's id, the bytes in it, and the paths of new or changed files. */
export type BackupReport = { readonly id: string; readonly bytes: number; readonly changed: readonly string[] }

const text = v.exactOptional(v.string())
const LINE = v.looseObject({
  message_type: v.string(),
  ...{ action: text, item: text, snapshot_id: text, total_bytes_processed: v.exactOptional(v.number()) },
})
type Line = v.InferOutput<typeof LINE>

/** Reads what `restic backup --json --verbose=2` has printed. */
export function parseBackup({ stdout }: ResticResult): BackupReport {
  const lines = parseJsonLines(LINE, stdout, STRANGE)
  const isChanged = ({ action, item }: Line) => (action === 'new' || action === 'modified') && !item?.endsWith('/')
  const summary = lines.find(({ message_type }) => message_type === 'summary')
  return {
    id: summary?.snapshot_id ?? '',
    bytes: summary?.total_bytes_processed ?? 0,
    changed: lines.filter(isChanged).flatMap(({ item }) => item ?? []),
  }
}

/** How far restic is, by the last status in a piece of what it prints with --json; empty where none is whole. */
export function progressIn(piece: string): string {
  const status = piece.match(/^\{"message_type":"status",.*\}$/gm)?.at(-1) ?? ''
  const [, done] = /"bytes_(?:done|restored)":(\d+)/.exec(status) ?? []
  const [, all] = /"total_bytes":(\d+)/.exec(status) ?? []
  return done === undefined
    ? ''
    : renderBytes(Number(done)) + (all === undefined ? '' : ` of ${renderBytes(Number(all))}`)
}

/**
 * The result of a backup, as a success where all that restic complains of is what a repair had removed: it stores such
 * a file again, and counts it as one that it could not read.
 */
export function acceptStoredAgain<Result extends ResticResult>(result: Result): Result {
  const errors = result.stderr.split('\n').filter((line) => line.includes('"message_type":"error"'))
  const isWhole = errors.length > 0 && errors.every((line) => line.includes('; storing the file again"'))
  return result.exitCode === INCOMPLETE && isWhole ? { ...result, exitCode: 0 } : result
}
