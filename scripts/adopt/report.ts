import { renderTable } from '../cli/table.ts'
import type { Adoption } from './plan.ts'

export type State = 'new' | 'written' | 'same' | 'differs'
/** What became of each proposed file and of each line for .env. */
export type Applied = {
  readonly files: Readonly<Record<string, State>>
  readonly settings: Readonly<Record<string, State>>
}

export type Outcome = 'proposed' | 'written' | 'unchanged'

/** Whether there was something to write, and whether it was written. */
export function outcomeOf({ files, settings }: Applied): Outcome {
  const states: State[] = [...Object.values(files), ...Object.values(settings)]
  if (states.includes('written')) return 'written'
  return states.includes('new') ? 'proposed' : 'unchanged'
}

/** What was found, what to do about it, the proposal in full, and the next command. */
export function renderAdoption(dir: string, adoption: Adoption, applied: Applied): string {
  const mark = { ok: 'ok', note: 'note', missing: 'MISSING' }
  const rows = adoption.findings.map(({ check, verdict, found }) => [check, mark[verdict], found])
  const mends = adoption.findings.flatMap(({ check, mend }) => (mend ? [`  ${check}: ${mend}`] : []))
  const outcome = outcomeOf(applied)
  const parts = [
    renderTable(['CHECK', 'VERDICT', 'FOUND'], rows),
    ...(mends.length > 0 ? [`what to do:\n${[...new Set(mends)].join('\n')}`] : []),
    ...adoption.files.map(({ path, text }) => {
      const state = applied.files[path] ?? 'new'
      return `--- ${path} (${SAYS[state]})${state === 'new' || state === 'written' ? `\n${text.trimEnd()}` : ''}`
    }),
    `--- .env\n${renderSettings(adoption, applied)}`,
    ...(adoption.copies.length > 0
      ? [`--- commands that copy existing data (docs/guides/take-over.md says when)\n${adoption.copies.join('\n')}`]
      : []),
    `${outcome}${outcome === 'proposed' ? `: nothing was written\n  next: make adopt APP_DIR=${dir} WRITE=1` : '\n  next: make setup ship'}`,
  ]
  return visible(parts.join('\n\n'))
}

const SAYS: Readonly<Record<State, string>> = {
  new: 'new',
  written: 'written',
  same: 'exists already',
  differs: 'exists and differs from the proposal: left as it is',
}

function renderSettings({ settings, secrets }: Adoption, applied: Applied): string {
  const line = (key: string, value: string) => {
    const state = applied.settings[key] ?? 'new'
    return state === 'differs' ? `${key}=${value}   # .env has another value: left as it is` : `${key}=${value}`
  }
  return [
    ...Object.entries(settings).map(([key, value]) => line(key, value)),
    ...Object.keys(secrets).map((key) => line(key, '…   # not shown')),
  ].join('\n')
}

// A stranger chose the file names: none may move the cursor.
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
const visible = (text: string) => text.replace(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, '?')
