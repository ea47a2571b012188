import type { ForceWord, OptionName } from './options.ts'
import type { Settings } from './settings.ts'

/** A target: the source of its help, its completion and its row in docs/guides/targets.md. */
export type TargetEntry = {
  readonly group: 'Pipeline' | 'Prepare' | 'Develop' | 'Operate' | 'Data' | 'Prove' | 'See'
  /** The line that `make` prints: the Makefile has the same one. */
  readonly line: string
  /** What docs/guides/targets.md says. */
  readonly text: string
  /** The options it takes, besides FORCE, JSON and VERBOSE. */
  readonly options: readonly (Exclude<OptionName, 'FORCE'> | 'FOR')[]
  /** The words of FORCE that it understands. */
  readonly force?: readonly ForceWord[]
  /** The settings that matter most to it. */
  readonly settings: readonly (keyof Settings)[]
  readonly examples: readonly string[]
  readonly changes: string
  /** Whether it runs on the host of the engine that ENGINE names. */
  readonly remote: boolean
  /** Whether it may see the caller's keys: it reaches other hosts, and runs no application's code. */
  readonly keys: boolean
  /** Whether it may see the caller's logins to registries. */
  readonly logins: boolean
}

// Where a target runs, and which keys and logins of the caller it may see.
export const atHome = { remote: false, keys: false, logins: true } as const
export const withoutLogins = { ...atHome, logins: false } as const
export const remote = { remote: true, keys: true, logins: true } as const
export const nothing = 'nothing'
