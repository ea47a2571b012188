import { log } from '../../cli/io/log.ts'
import { progressIn } from '../restic-report.ts'

/** A tap for restic: the living line shows how many bytes it has read or written. */
export const sayProgress = (_: 'stdout' | 'stderr', piece: Buffer): void => log.waits(progressIn(piece.toString()))
