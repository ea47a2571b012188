import type { Release } from '../release/model.ts'
import type { Description } from './description.ts'
import type { CopyMode } from './snapshot.ts'

// A snapshot goes through three states, and what takes one state is not given another: that does not compile.

type Contents = {
  readonly release: Release
  readonly modes: Readonly<Record<string, CopyMode>>
  /** The volumes into which hooks have written, by key, and what the hooks said of that. */
  readonly copies: Readonly<Record<string, string>>
  readonly described: Readonly<Record<string, Description>>
  /** The paths that have changed since the snapshot that was read back last. */
  readonly changed: readonly string[]
}

/** How a run of restic has ended. */
export type ResticResult = { readonly stdout: string; readonly stderr: string; readonly exitCode: number }

/** Begun while the data are in use: restic waits, and reads the volumes only when it is let. */
export type BegunSnapshot = Contents & {
  readonly finish: () => Promise<ResticResult>
  /** Ends restic: no snapshot comes to be. */
  readonly giveUp: () => void
}

/** In the repository, but not read back yet. `bytes` are what a restore brings back. */
export type FinishedSnapshot = Contents & { readonly id: string; readonly bytes: number }

/** Read back, and found to hold what it should. */
export type VerifiedSnapshot = FinishedSnapshot & { readonly verified: true }
