import { test } from 'vitest'
import { variable } from '../cli/io/environment.ts'

/** Whether this run is that of `make proof`. */
export const proving = variable('DARTAGNAN_PROOF') === '1'

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

/** As Vitest's `test`, for a test that `make proof` alone runs: another of its kind is left in `make check`. */
export function testInProof(name: string, run: () => Promise<void>): void {
  if (proving) test(name, run)
}

/** A number of this run, such as how often a test repeats what it proves: the first in `make check`. */
export const roundsOf = (inCheck: number, inProof: number): number => (proving ? inProof : inCheck)
