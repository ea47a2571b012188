import { renderTable } from '../cli/table.ts'

/** One act: what was done, how it ended, and how many requests were answered meanwhile, and how many failed. */
export type Act = { readonly act: string; readonly ended: string; readonly requests: number; readonly failed: number }
export type Demo = { readonly acts: readonly Act[]; readonly acknowledged: number; readonly lost: number }

/** The acts as a table, and what became of the lines that clients had written. */
export function renderDemo({ acts, acknowledged, lost }: Demo): string {
  const rows = acts.map(({ act, ended, requests, failed }) => [act, ended, String(requests), String(failed)])
  const failed = acts.reduce((sum, act) => sum + act.failed, 0)
  const all = acts.reduce((sum, act) => sum + act.requests, 0)
  return `${renderTable(['ACT', 'ENDED', 'REQUESTS', 'FAILED'], rows, 2)}\n\n${all} requests, ${failed} failed; ${acknowledged} lines acknowledged, ${lost} lost`
}
