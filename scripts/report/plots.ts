import { renderSeconds } from '../cli/live.ts'
import type { StepTime } from '../release/history.ts'
import type { Sample } from '../rollout/sample.ts'
import { type Html, html } from './html.ts'

const WIDTH = 640
const [ROW, LABEL] = [18, 120]

/** The steps of a rollout as bars, each from its beginning to its end. */
export function plotSteps(steps: readonly StepTime[]): Html {
  const total = Math.max(1, ...[steps.reduce((sum, { ms }) => sum + ms, 0)])
  const x = (ms: number) => LABEL + (ms / total) * (WIDTH - LABEL - 60)
  let at = 0
  const bars = steps.map(({ step, ms }, index) => {
    const [left, right, y] = [x(at), x(at + ms), index * ROW]
    at += ms
    return html`<text x="${LABEL - 8}" y="${y + 13}" text-anchor="end">${step}</text><rect class="bar" x="${left.toFixed(1)}" y="${y + 3}" width="${Math.max(1, right - left).toFixed(1)}" height="${ROW - 6}" rx="2"/><text x="${(right + 6).toFixed(1)}" y="${y + 13}">${renderSeconds(ms)}</text>`
  })
  return html`<svg viewBox="0 0 ${WIDTH} ${steps.length * ROW}" role="img" aria-label="How long each step took">${bars}</svg>`
}

const HEIGHT = 120

/** What requests felt in a rollout: how many were answered in each moment, and how many waited or failed. */
export function plotTraffic(samples: readonly Sample[]): Html {
  const moments = samples.slice(1).map((sample, index) => {
    const before = samples[index] ?? sample
    const seconds = Math.max(0.001, (sample.ms - before.ms) / 1000)
    const rate = (count: number) => Math.max(0, count) / seconds
    return { ...sample, answers: rate(sample.answers - before.answers), errors: rate(sample.errors - before.errors) }
  })
  // What the proxy has not sent to a set at any moment was answered by itself.
  const idle = Math.min(...moments.map(({ waiting }) => waiting))
  const end = Math.max(1, moments.at(-1)?.ms ?? 1)
  const most = Math.max(1, ...moments.map(({ answers, waiting }) => Math.max(answers, waiting - idle)))
  const slowest = Math.max(1, ...moments.map(({ mean }) => mean))
  const line = (of: (moment: Sample) => number, top: number) =>
    moments
      .map(
        (moment) =>
          `${((moment.ms / end) * WIDTH).toFixed(1)},${(HEIGHT - (of(moment) / top) * (HEIGHT - 8)).toFixed(1)}`,
      )
      .join(' ')
  const errors = moments.filter((moment) => moment.errors > 0)
  const marks = errors.map(
    ({ ms }) =>
      html`<rect class="error" x="${((ms / end) * WIDTH - 2).toFixed(1)}" y="0" width="4" height="${HEIGHT}"/>`,
  )
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Requests through the rollout">${marks}
<polyline class="answers" points="${line(({ answers }) => answers, most)}"/><polyline class="waiting" points="${line(({ waiting }) => waiting - idle, most)}"/><polyline class="mean" points="${line(({ mean }) => mean, slowest)}"/></svg>
<p class="legend"><span class="answers">— answers, ${most.toFixed(0)} a second at most</span> <span class="waiting">– – waiting</span> <span class="mean">··· time of an answer on average, ${slowest.toFixed(0)} ms at most</span> <span class="error">▮ errors in ${errors.length} of ${moments.length} moments</span> over ${renderSeconds(end)}</p>`
}
