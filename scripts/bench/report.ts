import { renderTable } from '../core/table.ts'

/** Twenty deploys under load, as the clients saw them; times in milliseconds. */
export type Load = {
  readonly rollout: string
  readonly deploys: number
  readonly requests: number
  readonly failed: number
  /** Acknowledged lines that are missing, and lines that are there twice. */
  readonly lost: number
  readonly slowest: number
  readonly hold: number
  readonly cut: number
}
/** Median wall times of one deploy in milliseconds, and what clients saw. */
export type Figures = {
  readonly compose: number
  readonly overlap: number
  readonly exclusive: number
  readonly loads: readonly Load[]
}

/** The figures as tables; wall times as ratios, which other machines can be held to. */
export function renderFigures({ compose, overlap, exclusive, loads }: Figures): string {
  const ratio = (wall: number) => `${(wall / compose).toFixed(2)} ×`
  const walls = [
    ['docker compose up --wait', '1.00 ×', ''],
    ['make deploy, overlap', ratio(overlap), '2.5 ×'],
    ['make deploy, exclusive', ratio(exclusive), '1.5 ×'],
  ]
  const rows = loads.map((load) => [
    load.rollout,
    ...[load.deploys, load.requests, load.failed, load.lost, load.cut].map(String),
    `${Math.round(load.slowest)} ms`,
    `${load.hold} ms`,
  ])
  return [
    renderTable(['WALL TIME, BAKE ASIDE', 'RATIO', 'AT MOST'], walls),
    '',
    renderTable(['UNDER LOAD', 'DEPLOYS', 'REQUESTS', 'FAILED', 'LOST', 'CUT', 'SLOWEST', 'HOLD'], rows),
  ].join('\n')
}
