import { readLedger, readOrWarn, writeLedger } from '../../state/io/ledger.ts'
import { withLock } from '../../state/io/lock.ts'
import { type Claims, isClaims } from '../claims.ts'

/** The gate's name, who works on it, and how long that one waits for another. */
export type GateClaim = { readonly GATE: string; readonly WAIT: number; readonly caller: string }

const FILE = 'gate.json'
/** What each project has of a gate. Where the file is damaged, nothing, with a warning. */
export const readClaims = (gate: string): Claims => readOrWarn(isClaims, gate, FILE) ?? {}

/**
 * Does `work` with the claims of a gate, and keeps those that it gives before `then` acts on them. One run at a time does so on an
 * engine.
 */
export const changeClaims = (
  { GATE, WAIT, caller }: GateClaim,
  work: (claims: Claims) => Claims,
  then: (claims: Claims) => Promise<void> = async () => {},
): Promise<void> =>
  withLock({ PROJECT: GATE, WAIT: Math.max(60, WAIT), caller }, 'gate', async () => {
    // A damaged file is none of these: names would be given away that others have.
    const before = readLedger(isClaims, GATE, FILE) ?? {}
    const claims = work(before)
    if (JSON.stringify(claims) !== JSON.stringify(before)) writeLedger(GATE, [FILE], claims)
    await then(claims)
  })
