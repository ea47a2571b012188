import { variable } from '../cli/io/environment.ts'

const proving = variable('DARTAGNAN_PROOF') === '1'

/**
 * The cases that this run takes: all of them in `make proof`; in `make check` those that `kept` chooses, one of each
 * kind.
 */
export const casesOf = <T>(all: readonly T[], kept: (one: T, index: number) => boolean): T[] =>
  all.filter((one, index) => proving || kept(one, index))

/** Defines tests that `make proof` alone has. */
export function inProof(define: () => void): void {
  if (proving) define()
}

/** How often a test repeats what it proves: `once` in `make check`, `often` in `make proof`. */
export const roundsOf = (once: number, often: number): number => (proving ? often : once)
