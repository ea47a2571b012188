import { renderTable } from '../cli/table.ts'

/** How long targets take, in milliseconds, with so many of something. */
export type Point = { readonly count: number; readonly status: number; readonly plan: number; readonly deploy: number }
/** What grows, and what that costs. */
export type Curve = { readonly what: string; readonly points: readonly Point[] }

const TIMED = ['status', 'plan', 'deploy'] as const
const BAR = 40

/** Times as multiples of those with the least of it, and what they may be: `status` twice, the others the work. */
export function renderGrowth(curves: readonly Curve[]): string {
  const rows = curves.flatMap(({ what, points }) =>
    points.map((point, index) => [
      index === 0 ? what : '',
      String(point.count),
      ...TIMED.map((target) => timesOf(points, target)[index]?.toFixed(2) ?? ''),
      index === points.length - 1 ? verdictOf(points) : '',
    ]),
  )
  return renderTable(['WHAT GROWS', 'COUNT', 'STATUS ×', 'PLAN ×', 'DEPLOY ×', 'VERDICT'], rows)
}

/** The same as bars, the longest of a curve at full width. */
export function plotGrowth(curves: readonly Curve[]): string {
  return curves
    .flatMap(({ what, points }) => {
      const most = Math.max(...points.flatMap((point) => TIMED.map((target) => point[target])))
      return TIMED.flatMap((target) => [
        `${what}: ${target}`,
        ...points.map((point) => {
          const bar = '█'.repeat(Math.max(1, Math.round((point[target] / most) * BAR)))
          return `${String(point.count).padStart(7)} ${bar} ${(point[target] / 1000).toFixed(2)} s`
        }),
      ])
    })
    .join('\n')
}

/** Whether `status` at most doubles, and `plan` and `deploy` grow by less than the work does. */
export function isWithin(points: readonly Point[]): boolean {
  const [first, last] = [points[0], points.at(-1)]
  if (!first || !last) return true
  const work = last.count / first.count
  const grown = (target: (typeof TIMED)[number]) => timesOf(points, target).at(-1) ?? 1
  return grown('status') <= 2 && grown('plan') < work && grown('deploy') < work
}

const verdictOf = (points: readonly Point[]) => (isWithin(points) ? 'ok' : 'TOO MUCH')
const timesOf = (points: readonly Point[], target: (typeof TIMED)[number]) =>
  points.map((point) => point[target] / (points[0]?.[target] ?? 1))
