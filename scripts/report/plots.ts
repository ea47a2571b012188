import { renderSeconds } from '../cli/live.ts'
import type { StepTime } from '../release/history.ts'
import type { Sample } from '../rollout/sample.ts'
import { type Html, html } from './html.ts'

// All plots of a release have one scale of time, so that what requests felt stands below the step that it belongs to.
const [WIDTH, LEFT, RIGHT, ROW, HEIGHT] = [640, 140, 70, 24, 110]
const scale = (total: number) => (ms: number) =>
  (LEFT + (Math.min(ms, total) / Math.max(1, total)) * (WIDTH - LEFT - RIGHT)).toFixed(1)

/** The steps of a rollout that took `total` milliseconds, as bars from their beginning to their end. */
export function plotSteps(steps: readonly StepTime[], total: number): Html {
  const x = scale(total)
  let at = 0
  const bars = steps.map(({ step, ms }, index) => {
    const [left, right, y] = [x(at), x(at + ms), index * ROW]
    at += ms
    return html`<text x="${LEFT - 8}" y="${y + 17}" text-anchor="end">${step}</text><rect class="bar" x="${left}" y="${y + 5}" width="${Math.max(1, Number(right) - Number(left)).toFixed(1)}" height="${ROW - 10}" rx="2"/><text x="${Number(right) + 6}" y="${y + 17}">${renderSeconds(ms)}</text>`
  })
  return html`<svg viewBox="0 0 ${WIDTH} ${steps.length * ROW}" role="img" aria-label="How long each step took">${bars}</svg>`
}

type Moment = { readonly ms: number; readonly value: number }
type Line = { readonly name: string; readonly kind: string; readonly moments: readonly Moment[] }

/** What requests felt in a rollout that took `total` milliseconds: how many were answered, waited or failed, and how long they took. */
export function plotTraffic(samples: readonly Sample[], total: number): Html {
  const moments = samples.slice(1).map((sample, index) => {
    const before = samples[index] ?? sample
    const seconds = Math.max(0.001, (sample.ms - before.ms) / 1000)
    // A proxy that was reloaded or replaced counts from nothing.
    const rate = (now: number, then: number) => (now < then ? now : now - then) / seconds
    return { ...sample, answers: rate(sample.answers, before.answers), errors: rate(sample.errors, before.errors) }
  })
  // What the proxy has not sent to a set at any moment was answered by itself.
  const idle = Math.min(...moments.map(({ waiting }) => waiting))
  const line = (name: string, kind: string, of: (moment: Sample) => number | undefined): Line => ({
    ...{ name, kind },
    moments: moments.flatMap((moment) => {
      const value = of(moment)
      return value === undefined ? [] : [{ ms: moment.ms, value }]
    }),
  })
  const failed = moments.filter(({ errors }) => errors > 0)
  const counts = [
    line('answers a second', 'first', ({ answers }) => answers),
    line('waiting', 'second', ({ waiting }) => waiting - idle),
  ]
  const times = [line('p50', 'first', ({ p50 }) => p50), line('p99', 'second', ({ p99 }) => p99)]
  return html`${plotLines(counts, '', total, failed)}<p class="legend">${legend(counts, '')} <span class="${failed.length > 0 ? 'bad' : 'soft'}">▮ errors in ${failed.length} of ${moments.length} moments</span></p>${
    times.some((one) => one.moments.length > 0)
      ? html`${plotLines(times, ' ms', total, [])}<p class="legend">${legend(times, ' ms')}</p>`
      : html``
  }`
}

const mostOf = (lines: readonly Line[]) =>
  Math.max(0, ...lines.flatMap(({ moments }) => moments.map(({ value }) => value)))

function plotLines(lines: readonly Line[], unit: string, total: number, marked: readonly { ms: number }[]): Html {
  const [x, most, base] = [scale(total), Math.max(1, mostOf(lines)), HEIGHT - 10]
  const y = (value: number) => (base - (value / most) * (base - 12)).toFixed(1)
  const axis = [0, most].map(
    (value) =>
      html`<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value)}" y2="${y(value)}"/><text x="${LEFT - 8}" y="${Number(y(value)) + 4}" text-anchor="end">${value.toFixed(0)}${unit}</text>`,
  )
  const marks = marked.map(
    ({ ms }) => html`<rect class="error" x="${Number(x(ms)) - 2}" y="12" width="4" height="${base - 12}"/>`,
  )
  const drawn = lines.map(
    ({ kind, moments }) =>
      html`<polyline class="${kind}" points="${moments.map(({ ms, value }) => `${x(ms)},${y(value)}`).join(' ')}"/>`,
  )
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${lines.map(({ name }) => name).join(' and ')} through the rollout">${axis}${marks}${drawn}</svg>`
}

const legend = (lines: readonly Line[], unit: string): readonly Html[] =>
  lines.map(
    (line) =>
      html`<span class="${line.kind}">${line.kind === 'first' ? '—' : '- -'} ${line.name}, ${mostOf([line]).toFixed(0)}${unit} at most</span> `,
  )
