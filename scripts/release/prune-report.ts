import { renderBytes, renderTable } from '../cli/table.ts'
import type { Removal } from './prune-images.ts'

/**
 * The result of a prune. `kept`: what the engine refused to remove, and why. `bytes`: the size of the removed layers and ledger
 * files. `cached`: the part of it that the disk does not get back, since the build cache has the same layers.
 */
export type Pruned = {
  readonly removed: readonly Removal[]
  readonly kept: readonly { readonly name: string; readonly because: string }[]
  readonly bytes: number
  readonly cached: number
}

/** Reports a prune as one document. */
export const reportPrune = (pruned: Pruned) => ({ outcome: outcomeOf(pruned), ...pruned })

/** Renders what was removed as a table, then what the engine kept, and the space won. */
export function renderPrune(pruned: Pruned): string {
  const { removed, kept, bytes, cached } = pruned
  const stayed = kept.map(({ name, because }) => `kept: ${name} (${because})`)
  if (removed.length === 0) return [...stayed, `${outcomeOf(pruned)}: nothing to prune`].join('\n')
  const counts = kinds.flatMap(([what, many]) => {
    const { length } = removed.filter((removal) => removal.what === what)
    return length === 0 ? [] : [`${length} ${length === 1 ? what : many}`]
  })
  const held = cached > 0 ? `, ${renderBytes(cached)} of it still in the build cache (docker builder prune)` : ''
  return [
    renderRemovals(removed),
    ...stayed,
    `${outcomeOf(pruned)}: ${counts.join(', ')}; ${renderBytes(bytes)} won${held}`,
  ].join('\n')
}

/** What a prune would remove, as a table. */
export const renderDoomed = (removals: readonly Removal[]): string =>
  removals.length === 0
    ? 'nothing to prune'
    : `${renderRemovals(removals)}\nwould go; nothing was done\n  next: make prune`

const renderRemovals = (removals: readonly Removal[]) =>
  renderTable(
    ['WHAT', 'NAME', 'SIZE', 'WHY'],
    removals.map(({ what, name, bytes, because }) => [
      what,
      name,
      ['tag', 'volume', 'config', 'secret'].includes(what) ? '' : renderBytes(bytes),
      because,
    ]),
  )

const outcomeOf = ({ removed }: Pruned) => (removed.length === 0 ? 'unchanged' : 'pruned')
const kinds: readonly [Removal['what'], string][] = [
  ['image', 'images'],
  ['tag', 'tags'],
  ['release', 'releases'],
  ['evidence', 'pieces of evidence'],
  ['volume', 'volumes'],
  ['snapshot', 'snapshots'],
  ['config', 'configs'],
  ['secret', 'secrets'],
]
