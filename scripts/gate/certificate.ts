import { createPrivateKey, X509Certificate } from 'node:crypto'
import * as v from 'valibot'
import { Failure } from '../cli/failure.ts'
import { tryJson } from '../cli/parse.ts'
import { renderAge } from '../cli/table.ts'

const text = v.string()
const STATE = v.object({
  project: text,
  kind: v.picklist(['own', 'local', 'acme']),
  /** The names that the certificate has, with commas between; empty while there is none. */
  names: text,
  /** The names that were asked for last; empty from a companion that does not say. */
  asked: v.optional(text, ''),
  /** When it ends; empty while there is none. */
  ends: text,
  success: text,
  failure: text,
  error: text,
  next: text,
})
/** What the companion says of the certificate of a project. Times are in ISO 8601, or empty. */
export type CertificateState = v.InferOutput<typeof STATE>

/** Reads such a state; undefined where there is none. */
export function parseState(line: string): CertificateState | undefined {
  const state = tryJson(line || 'null')
  const read = v.safeParse(STATE, state)
  return read.success ? read.output : undefined
}

/** A certificate that somebody waits for: of what kind, for what names, and since when (ISO 8601, seconds). */
export type Wanted = {
  readonly kind: string
  readonly names: string
  /** A failure counts from then on. */
  readonly asked: string
  /** Only a certificate that was made from then on counts; empty where any does. */
  readonly madeSince: string
}
/**
 * Whether a state tells of the certificate that is waited for: made, or failed. What was there before, with other names or by
 * another authority, may have failed to be renewed in the same second.
 */
export const isAnswer = (state: CertificateState, { kind, names, asked, madeSince }: Wanted): boolean =>
  state.kind === kind &&
  ((state.names === names && state.success >= madeSince) || (state.asked === names && state.failure >= asked))

/** One line on a certificate: what is wrong, and how long the old one lives. `now` in milliseconds. */
export function describeCertificate(state: CertificateState, now: number): string {
  const { ends, error, failure, next, kind } = state
  const left = Date.parse(ends) - now
  const lives =
    ends === '' ? 'there is none yet' : left > 0 ? `ends in ${renderAge(left)}` : `ended ${renderAge(-left)} ago`
  const origin = { own: 'of your own', local: 'of the local authority', acme: 'by ACME' }[kind]
  const failed = `; getting the next failed ${renderAge(now - Date.parse(failure))} ago: ${error}`
  return `certificate ${origin}: ${lives}${error === '' ? '' : `${failed}${again(next, now)}`}`
}
const again = (next: string, now: number) => `; it is tried again in ${renderAge(Math.max(0, Date.parse(next) - now))}`

/** Whether a certificate needs a person: it has failed, it is about to end, or there is none. */
export const isWorrying = ({ ends, error, kind }: CertificateState, now: number): boolean =>
  error !== '' || ends === '' || Date.parse(ends) - now < (kind === 'own' ? 14 * 86_400_000 : 0)

type Files = Readonly<Record<string, string>>
/** The names of the files that the companion may be given for a project. */
export const handedFiles = (project: string): string[] => ['own', 'ca', 'dns'].map((kind) => `${project}.${kind}`)

/**
 * Which of these files have to be written and removed where the companion has others, and whether another certificate for the
 * same names follows. The authority's certificate and the variables for DNS are for the next one.
 */
export function planHandOver(files: Files, there: Files): { written: Files; removed: string[]; isNew: boolean } {
  const changed = Object.entries(files).filter(([name, text]) => there[name] !== text)
  return {
    written: Object.fromEntries(changed),
    // The companion may be about to read its own certificate: that one goes with the names.
    removed: Object.keys(there).filter((name) => there[name] !== '' && !(name in files) && !name.endsWith('.own')),
    isNew: changed.some(([name]) => name.endsWith('.own')),
  }
}

/**
 * Gives certificate and key as one text, for HAProxy. Throws a Failure where the key is another's, where the certificate has
 * ended, or where it lacks a name.
 */
export function joinPem(certificate: string, key: string, hosts: readonly string[], now: number): string {
  const next = 'correct TLS_CERT_FILE and TLS_KEY_FILE, then run the command again'
  const read = <T>(what: string, parse: () => T): T => {
    try {
      return parse()
    } catch (cause) {
      throw new Failure(`${what} is not in PEM form`, { next, cause })
    }
  }
  const parsed = read('TLS_CERT_FILE', () => new X509Certificate(certificate))
  const { asymmetricKeyDetails: { modulusLength = 2048 } = {} } = parsed.publicKey
  if (modulusLength < 2048)
    throw new Failure(`the key of TLS_CERT_FILE has ${modulusLength} bits: the gate refuses less than 2048`, { next })
  if (!parsed.checkPrivateKey(read('TLS_KEY_FILE', () => createPrivateKey(key))))
    throw new Failure('the key of TLS_KEY_FILE does not belong to the certificate of TLS_CERT_FILE', { next })
  if (Date.parse(parsed.validTo) < now)
    throw new Failure(`the certificate of TLS_CERT_FILE has ended (${parsed.validTo})`, { next })
  const lacking = hosts.find((host) => parsed.checkHost(host) === undefined)
  if (lacking !== undefined) throw new Failure(`the certificate of TLS_CERT_FILE is not for ${lacking}`, { next })
  return `${certificate.trim()}\n${key.trim()}\n`
}
