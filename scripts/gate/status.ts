import { type CertificateState, describeCertificate, isWorrying } from './certificate.ts'
import type { Claim } from './claims.ts'

/** What the gate does for a project. */
export type GateStatus = {
  readonly gate: string
  readonly runs: boolean
  readonly sites: readonly string[]
  readonly tls: Claim['tls']
  readonly certificate: CertificateState | undefined
}

/** The lines on it for a person. `now` in milliseconds. */
export function renderGate({ gate, runs, sites, tls, certificate }: GateStatus, now: number): string {
  const names = sites.map((site) => `${tls === 'none' ? 'http' : 'https'}://${site}`).join(', ')
  if (!runs) return `gate ${gate}: does not run, and nobody reaches ${names}\n  next: make gate`
  const line = `gate ${gate}: ${names}`
  if (tls === 'none') return line
  return `${line}\n  ${certificate ? describeCertificate(certificate, now) : 'certificate: there is none yet\n  next: make gate, then: make logs SERVICE=certificates'}`
}

/** Whether a person should look after it. */
export const needsCare = ({ runs, tls, certificate }: GateStatus, now: number): boolean =>
  !runs || (tls !== 'none' && (certificate === undefined || isWorrying(certificate, now)))
