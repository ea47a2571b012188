import { renderSeconds } from '../cli/live.ts'
import { MOST_HOLD } from '../config/values.ts'
import { shortSnapshot } from '../data/snapshot.ts'
import { describeChanges } from '../release/changes.ts'
import type { ReleaseEntry, StepTime } from '../release/history.ts'
import type { Release } from '../release/model.ts'
import { holdFor, isExclusive, SERVING, slowStart, startOf } from './slow-start.ts'

/** The rows of the card that ends a rollout: what changed, how long it took, what requests felt, and the way back. */
export function renderCard(
  entry: ReleaseEntry,
  from: Release | undefined,
  release: Release,
  commits?: number,
): string[] {
  const { outcome, ms, steps = [], cut, held, snapshot } = entry
  if (outcome !== 'deployed') return []
  const changes = from ? describeChanges(from, release, commits) : []
  const rows: [string, string][] = [
    ['changed', changes.join('; ')],
    ['took', [renderSeconds(ms), longest(steps)].filter(Boolean).join(': ')],
    ['requests', from ? `${cut} cut, ${heldFor(held, release)}` : ''],
    ['data', snapshot ? `snapshot ${shortSnapshot(snapshot)}` : ''],
    ['back', from ? wayBack(entry, from) : ''],
    ['later', from ? '' : slowLater(steps, release)],
  ]
  return rows.filter(([, text]) => text !== '').map(([name, text]) => `${name.padEnd(9)}${text}`)
}

// Who has waited for so long goes on, and what is behind the old version is gone.
function heldFor(held: number, { proxy }: Pick<Release, 'proxy'>): string {
  if (held === 0) return 'none held'
  const isAll = held >= proxy.hold * 1000
  return `held for ${renderSeconds(held)}${isAll ? `, all of HOLD_TIMEOUT=${proxy.hold}: later ones failed until this version served` : ''}`
}

// What takes time again and again is one row, in the order of the first.
function longest(steps: readonly StepTime[]): string {
  const sums = new Map<string, number>()
  for (const { step, ms } of steps) sums.set(step, (sums.get(step) ?? 0) + ms)
  return [...sums]
    .filter(([, ms]) => ms >= 500)
    .map(([step, ms]) => `${step} ${renderSeconds(ms)}`)
    .join(', ')
}

// A first deploy makes no request wait, so it says nothing of a start that is too slow for the next one.
function slowLater(
  steps: readonly StepTime[],
  { proxy, routes, compose }: Pick<Release, 'proxy' | 'routes' | 'compose'>,
): string {
  const seconds = startOf(steps)
  const hold = holdFor(proxy.hold, { routes, compose }, steps)
  if (!isExclusive(routes) || seconds <= hold * SERVING)
    return hold > proxy.hold
      ? `requests wait up to ${hold} s for this start: for fewer, HOLD_TIMEOUT=${proxy.hold - 1} in the settings`
      : ''
  const enough = Math.min(Math.ceil((seconds * 1.5) / SERVING), MOST_HOLD)
  const remedy =
    hold < MOST_HOLD
      ? `HOLD_TIMEOUT=${enough} in the settings gives it ${Math.floor(enough * SERVING)} s`
      : slowStart({ held: true, hold, ready: 0 })
  return `a deploy has ${hold * SERVING} s for this start while requests wait: ${remedy}`
}

function wayBack({ target, snapshot }: ReleaseEntry, from: Release): string {
  if (target === 'restore') return snapshot ? `make restore SNAPSHOT=${shortSnapshot(snapshot)}` : ''
  return target === 'deploy'
    ? `make rollback   (to ${from.image.version})`
    : `make deploy VERSION=${from.image.version}`
}
