import type { Settings } from './settings.ts'

/** What came of a deploy, as the ledger keeps it. */
export type ReleaseEntry = {
  readonly outcome: 'deployed' | 'unchanged' | 'failed'
  readonly version: string
  readonly revision: string
  /** The image's id. */
  readonly image: string
  readonly release: string
  readonly by: string
  /** When it began, in ISO 8601. */
  readonly at: string
  readonly ms: number
  /** Requests that had to be cut. */
  readonly cut: number
}

/** The line for a person: what serves now, and where. */
export function renderEntry({ outcome, version, cut }: ReleaseEntry, { BIND, PORT }: Settings): string {
  const url = `http://${BIND === '0.0.0.0' ? 'localhost' : BIND}:${PORT}`
  return `${outcome}: ${version} at ${url}${cut > 0 ? `, ${cut} requests cut` : ''}`
}
