import type { Settings } from '../../config/settings.ts'
import type { GateStatus } from '../status.ts'
import { readCertificate } from './certificates.ts'
import { readClaims } from './claims.ts'
import { findGate } from './gate.ts'

/** What the gate does for a project; undefined where the project has not joined it. */
export async function readGate({ PROJECT, GATE }: Pick<Settings, 'PROJECT' | 'GATE'>): Promise<GateStatus | undefined> {
  const claim = readClaims(GATE)[PROJECT]
  if (!claim) return undefined
  const runs = (await findGate(GATE))?.status === 'running'
  const certificate = runs ? await readCertificate(GATE, PROJECT) : undefined
  return { gate: GATE, runs, sites: claim.sites, tls: claim.tls, certificate }
}
