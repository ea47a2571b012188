import { renderTable } from '../cli/table.ts'
import { onceBy } from './finding.ts'
import type { Adoption } from './plan.ts'

export type State = 'new' | 'old' | 'written' | 'same' | 'differs'
/** What happened to each proposed file, to the lines for each existing file, and to each line for .env. */
export type Applied = {
  readonly files: Readonly<Record<string, State>>
  readonly lines: Readonly<Record<string, State>>
  readonly settings: Readonly<Record<string, State>>
}

export type Outcome = 'proposed' | 'written' | 'unchanged' | 'refused'

/** Whether nothing could be proposed: any proposal has settings, or a file of them. */
export const isRefused = ({ files, settings }: Adoption): boolean =>
  files.length === 0 && Object.keys(settings).length === 0

/** Says whether there was something to write, and whether this call wrote it. */
export function outcomeOf(adoption: Adoption, { files, lines, settings }: Applied): Outcome {
  if (isRefused(adoption)) return 'refused'
  const states: State[] = [files, lines, settings].flatMap((some) => Object.values(some))
  if (states.includes('written')) return 'written'
  return states.some((state) => ['new', 'old'].includes(state)) ? 'proposed' : 'unchanged'
}

/** What does not work yet: a script has to see it in the status. */
export const openIn = ({ findings }: Adoption): number =>
  onceBy(
    findings.filter(({ verdict }) => verdict === 'missing'),
    ({ check, found, where = '' }) => [check, found, where].join('\n'),
  ).length

/** The command that writes a proposal, and the one after that. */
export type Next = { readonly write: string; readonly after: string }

/** Renders the findings, what to do about them, the proposal in full, and the next command. */
export function renderAdoption(adoption: Adoption, applied: Applied, next: Next): string {
  const mark = { ok: 'ok', note: 'note', missing: 'MISSING' }
  const rows = adoption.findings.map(({ check, verdict, found, where = '', confidence = 'stated' }) => [
    ...[check, mark[verdict], found],
    confidence === 'stated' ? where : `${where} (${confidence})`.trim(),
  ])
  const once = onceBy(rows, (row) => row.join('\n'))
  const mends = adoption.findings.flatMap(({ check, mend }) => (mend ? [`  ${check}: ${mend}`] : []))
  const outcome = outcomeOf(adoption, applied)
  const parts = [
    renderTable(['CHECK', 'VERDICT', 'FOUND', 'RESTS ON'], once),
    ...(mends.length > 0 ? [`what to do:\n${[...new Set(mends)].join('\n')}`] : []),
    ...adoption.files.map(({ path, text }) => {
      const state = applied.files[path] ?? 'new'
      return `--- ${path} (${SAYS[state]})${state === 'same' ? '' : `\n${text.trimEnd()}`}`
    }),
    ...adoption.secretCopies.map(
      ({ from, to }) => `--- ${to} (${SAYS[applied.files[to] ?? 'new']}): a copy of ${from}`,
    ),
    ...Object.entries(adoption.lines).map(([path, text]) => `--- ${path} (at its end)\n${text.trim()}`),
    ...(Object.keys(applied.settings).length > 0 ? [`--- .env\n${renderSettings(adoption, applied)}`] : []),
    ...(adoption.copies.length > 0 ? [[COPIES, ...adoption.copies].join('\n')] : []),
    lastLines(adoption, outcome, next),
  ]
  return visible(parts.join('\n\n'))
}

const COPIES = '--- commands that copy existing data (docs/guides/take-over.md says when)'

function lastLines(adoption: Adoption, outcome: Outcome, { write, after }: Next): string {
  const open = openIn(adoption)
  const said = `${outcome}${open > 0 ? `, with ${open} MISSING` : ''}${/written|unch/.test(outcome) ? '' : ': nothing was written'}`
  const command = outcome === 'proposed' ? write : [adoption.first ?? [], after].flat().join(' && ')
  if (open === 0) return `${said}\n  next: ${command}`
  const without = outcome === 'refused' ? '' : `   (where nothing of it matters: ${command})`
  return `${said}\n  next: do what is said above for each, then run this again${without}`
}

const SAYS: Readonly<Record<State, string>> = {
  new: 'new',
  old: 'takes the place of what was proposed before',
  written: 'written',
  same: 'exists already',
  differs: 'left as it is, for somebody has changed it: take over what it lacks, or remove it and run this again',
}

const REMARKS: Partial<Record<State, string>> = {
  old: 'takes the place of what was found before',
  differs: '.env has another value: left as it is',
}
function renderSettings({ settings, secrets }: Adoption, applied: Applied): string {
  const line = (key: string, value: string, ...more: string[]) => {
    const remarks = [...more, REMARKS[applied.settings[key] ?? 'new'] ?? []].flat().join(', ')
    return `${key}=${value}${remarks && `   # ${remarks}`}`
  }
  return [
    ...Object.entries(settings).map(([key, value]) => line(key, value)),
    ...Object.keys(secrets).map((key) => line(key, '…', 'not shown')),
  ].join('\n')
}

// Strangers chose the file names: a name must not move the cursor of the terminal.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to replace
const visible = (text: string) => text.replace(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, '?')
