import { Failure } from '../cli/failure.ts'
import { renderSeconds } from '../cli/live.ts'
import type { CiStep } from './plan.ts'

export type Outcome = 'passed' | 'failed' | 'skipped' | 'not run'
/** The outcome of a step, and the seconds that it took. */
export type Result = CiStep & { readonly outcome: Outcome; readonly seconds: number }
export type Run = {
  readonly version: string
  readonly revision: string
  readonly results: readonly Result[]
  /** What a step has come to, by its target, where that is known. */
  readonly made: Readonly<Record<string, string>>
  /** The names of the files in reports/. */
  readonly files: readonly string[]
}

const HEADING = ['STEP', 'OUTCOME', 'TIME'] as const

/** The card that ends a run: each step with its time and what it has come to, and where the reports are. */
export const renderCard = ({ results, made, files }: Run): string =>
  [...results.map((result) => [result.target, sayResult(result, made[result.target])]), ['reports/', files.join(', ')]]
    .map(([name = '', text = '']) => `  ${name.padEnd(8)} ${text}`)
    .join('\n')

function sayResult({ outcome, seconds, skipped }: Result, made = ''): string {
  if (skipped) return `skipped: ${skipped}`
  if (outcome === 'not run') return outcome
  const time = seconds < 10 ? `${seconds} s` : renderSeconds(seconds * 1000)
  return outcome === 'failed' ? `FAILED after ${time}` : [time, made].filter(Boolean).join(': ')
}

/** The summary as Markdown, for servers that show it beside the job. */
export function renderMarkdown({ version, revision, results }: Omit<Run, 'files'>): string {
  const rows = [HEADING, HEADING.map(() => '---'), ...results.map(cells)].map((row) => `| ${row.join(' | ')} |`)
  return `### make ci: ${version}\n\nCommit ${revision}\n\n${rows.join('\n')}\n`
}

/** The outcome of a run in one sentence. */
export function renderOutcome({ version, results }: Pick<Run, 'version' | 'results'>): string {
  const failed = results.findIndex(({ outcome }) => outcome === 'failed')
  if (failed >= 0)
    return `ci failed at ${results[failed]?.target} (step ${failed + 1} of ${results.length}) of ${version}`
  return `ci passed: ${version}`
}

/** The command that does the same on any machine, up to the step that failed. */
export function renderNext({ results }: Run): string {
  const last = results.findIndex(({ outcome }) => outcome === 'failed')
  const targets = results.slice(0, last + 1).map(({ target }) => target)
  return `make ${targets.join(' ')}   (it does the same on any machine)`
}

/** The Failure of a run with a failed step; undefined if the run passed. */
export function failureOf(run: Run): Failure | undefined {
  if (!run.results.some(({ outcome }) => outcome === 'failed')) return undefined
  const document = { outcome: 'failed', version: run.version, revision: run.revision, steps: run.results }
  // The Failure holds the card, so that both go to one stream: a server that reads two then shows the error last.
  return new Failure(renderOutcome(run), { detail: renderCard(run), next: renderNext(run), document })
}

const cells = ({ target, outcome, seconds, skipped }: Result): string[] => [
  target,
  outcome === 'failed' ? 'FAILED' : outcome + (skipped ? `: ${skipped}` : ''),
  outcome === 'passed' || outcome === 'failed' ? `${seconds} s` : '',
]
