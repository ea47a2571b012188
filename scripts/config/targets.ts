import type { TargetEntry } from './target-entry.ts'
import { dataTargets } from './targets-data.ts'
import { makeTargets } from './targets-make.ts'
import { prepareTargets } from './targets-prepare.ts'
import { proveTargets } from './targets-prove.ts'
import { runTargets } from './targets-run.ts'

// The targets, each in one entry. Its help, its completion, its row in docs/guides/targets.md and the list that the shell reads
// (scripts/setup/targets.txt) follow from this table.

/** Every target, in the order of `make help`. */
export const TARGETS = {
  ...makeTargets,
  ...prepareTargets,
  ...runTargets,
  ...dataTargets,
  ...proveTargets,
} as const satisfies Readonly<Record<string, TargetEntry>>
export type TargetName = keyof typeof TARGETS

/** Every target with its entry, in the order of `make help`. */
export const targets: readonly (readonly [string, TargetEntry])[] = Object.entries(TARGETS)

/** The targets that look at an engine or change it. Targets that build, test or push run on this host. */
export const remoteTargets: readonly string[] = targets.flatMap(([name, { remote }]) => (remote ? [name] : []))
