import type { Turn } from './facts.ts'

// While requests wait, each wait may last up to a share of HOLD_TIMEOUT, counted from when they began to: until those
// in flight have ended, the old version has stopped, the snapshot is finished, the new version serves. What is left
// then is for the old version to come back.
export const DRAINED = 0.3
export const HALTED = 0.4
export const FINISHED = 0.55

/** Whether requests wait for a new version, and the old one could come back. */
export const isPressed = ({ progress: { heldSince, behind }, patient }: Turn): boolean =>
  heldSince !== undefined && !behind && !patient

/**
 * The seconds that a wait may take: `timeout`, or, while requests are held, what is left up to a share of HOLD_TIMEOUT.
 */
export function timeLeft(turn: Turn, share: number, timeout: number): number {
  const { heldSince } = turn.progress
  if (heldSince === undefined || !isPressed(turn)) return timeout
  return Math.max(0, Math.min(timeout, turn.release.proxy.hold * share - (performance.now() - heldSince) / 1000))
}
