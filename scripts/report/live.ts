import { renderAge, renderBytes, renderTable } from '../cli/table.ts'
import { shortSnapshot } from '../data/snapshot.ts'
import type { Traffic } from '../proxy/traffic.ts'
import { type ReleaseEntry, sayOutcome } from '../release/history.ts'
import { shortVersion } from '../release/history-report.ts'
import { renderStatus, type Status } from '../rollout/status-report.ts'

/** What is known of a project at a moment. Times are in milliseconds. */
export type Frame = {
  readonly at: number
  readonly status: Status
  readonly traffic: Readonly<Record<string, Traffic>>
  readonly last: ReleaseEntry | undefined
  /** The newest snapshot that was read back here. */
  readonly snapshot: { readonly id: string; readonly at: string } | undefined
  /** Lines on the gate; empty where the project has not joined it. */
  readonly gate: string
  /** Bytes. */
  readonly disk: { readonly free: number; readonly size: number }
}

const KEYS = 'l logs   p plan   r rollback   q quit'

/**
 * The view of `make status WATCH=1`, no wider than `columns`. What happens in a second is counted since the frame `before`.
 * `silent` is for how long the engine has not answered.
 */
export function renderFrame(frame: Frame, before: Frame | undefined, silent: number, columns: number): string {
  const { at, status, last, snapshot, gate, disk } = frame
  const rows = [
    ['last', last ? renderLast(last, at) : 'nothing was released yet'],
    ['snapshot', snapshot ? `${shortSnapshot(snapshot.id)}, ${renderAge(at - Date.parse(snapshot.at))} ago` : 'none'],
    ['disk', `${renderBytes(disk.free)} free of ${renderBytes(disk.size)}`],
  ]
  const lines = [
    ...renderStatus(status, at).split('\n'),
    '',
    ...renderTraffic(frame, before),
    ...rows.map(([name = '', text = '']) => `${name.padEnd(9)} ${text}`),
    ...(gate ? gate.split('\n') : []),
    '',
    silent > 0 ? `the engine has not answered for ${Math.round(silent / 1000)} s; this is what it said last` : KEYS,
  ]
  return lines.map((line) => (line.length <= columns ? line : `${line.slice(0, columns - 1)}…`)).join('\n')
}

function renderTraffic({ at, traffic }: Frame, before: Frame | undefined): string[] {
  if (Object.keys(traffic).length === 0) return []
  const seconds = before ? (at - before.at) / 1000 : 0
  // A proxy that was replaced counts from nothing.
  const rate = (count: number, earlier: number | undefined) =>
    earlier === undefined || seconds <= 0 ? '–' : (Math.max(0, count - earlier) / seconds).toFixed(1)
  const time = (ms: number | undefined) => (ms === undefined ? '–' : ms === 0 ? '< 1 ms' : `${ms} ms`)
  const rows = Object.entries(traffic).map(([name, now]) => [
    name,
    rate(now.answers, before?.traffic[name]?.answers),
    rate(now.errors, before?.traffic[name]?.errors),
    ...[time(now.p50), time(now.p99), String(now.inFlight), String(now.waiting)],
  ])
  const heading = ['SERVICE', 'REQUESTS/S', 'ERRORS/S', 'P50', 'P99', 'IN FLIGHT', 'WAITING']
  return [...renderTable(heading, rows, 2).split('\n'), '']
}

const renderLast = (entry: ReleaseEntry, now: number): string =>
  `${entry.target} ${shortVersion(entry.version)}, ${sayOutcome(entry)}, ${renderAge(now - Date.parse(entry.at))} ago, ${entry.cut} cut`
