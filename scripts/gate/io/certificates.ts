import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import { readPlainFile } from '../../cli/io/plain-file.ts'
import { requireSecretFile } from '../../cli/io/secret-file.ts'
import { waitFor } from '../../cli/io/wait.ts'
import type { Config } from '../../config/io/read.ts'
import { runInside } from '../../docker/io/open-shell.ts'
import {
  type CertificateState,
  describeCertificate,
  handedFiles,
  isAnswer,
  isWorrying,
  joinPem,
  parseState,
  planHandOver,
} from '../certificate.ts'
import { hostsOf, wantedOf } from '../claims.ts'
import { FOLDER } from '../render.ts'
import { changeClaims, readClaims } from './claims.ts'
import { ensureCompanion, requireGate } from './gate.ts'
import { ensureCompanionImage } from './images.ts'
import { writeFiles } from './runtime.ts'

/** Checks the files that a certificate needs, before anything is touched. Gives them as the companion reads them. */
export function readCertificateFiles(config: Config): Record<string, string> {
  const { PROJECT, TLS_CERT_FILE, TLS_KEY_FILE, ACME_CA_FILE, ACME_DNS, ACME_DNS_FILE } = config
  const wanted = wantedOf(config)
  const { tls } = wanted
  if (tls === 'acme' && ACME_DNS !== '' && ACME_DNS_FILE === '')
    throw new Failure(`ACME_DNS=${JSON.stringify(ACME_DNS)} needs ACME_DNS_FILE`, { next: 'make help gate' })
  const read = (setting: string, path: string) => {
    const text = path === '' ? undefined : readPlainFile(path)
    if (text === undefined)
      throw new Failure(`${setting}=${path} names no file of the checkout`, {
        next: `put the file there, or correct ${setting}`,
      })
    return text
  }
  const readPrivate = (setting: string, path: string) => {
    const text = read(setting, path)
    requireSecretFile(setting, path)
    return text
  }
  const own = () =>
    joinPem(
      read('TLS_CERT_FILE', TLS_CERT_FILE),
      readPrivate('TLS_KEY_FILE', TLS_KEY_FILE),
      hostsOf(wanted),
      Date.now(),
    )
  return {
    ...(tls === 'own' ? { [`${PROJECT}.own`]: own() } : {}),
    ...(tls === 'acme' && ACME_CA_FILE !== '' ? { [`${PROJECT}.ca`]: read('ACME_CA_FILE', ACME_CA_FILE) } : {}),
    ...(tls === 'acme' && ACME_DNS !== ''
      ? { [`${PROJECT}.dns`]: `${readPrivate('ACME_DNS_FILE', ACME_DNS_FILE).trim()}\n` }
      : {}),
  }
}

// As the companion says when something was, in seconds.
const clock = () => new Date().toISOString().slice(0, 19)

/** What the companion was given: when, and whether it has to make another certificate for the same names. */
export type Handed = { readonly since: string; readonly isNew: boolean }

/** Hands the companion what it needs for a project's certificate, before it hears of the names. */
export async function handOver(config: Config): Promise<Handed> {
  const { id } = await requireGate(config.GATE)
  const since = clock()
  const files = readCertificateFiles(config)
  const there: Record<string, string> = {}
  for (const name of handedFiles(config.PROJECT))
    there[name] = await runInside(id, `cat ${FOLDER}/${name} 2>/dev/null || true`)
  const { written, removed, isNew } = planHandOver(files, there)
  await writeFiles(id, written, '600')
  if (removed.length > 0) await runInside(id, `cd ${FOLDER} && rm -f ${removed.join(' ')}`)
  return { since, isNew }
}

/** Lets the companion look once more, and waits a while until a project has its certificate. */
export async function awaitCertificate(config: Config, { since, isNew }: Handed): Promise<void> {
  const { PROJECT, GATE } = config
  const wanted = readClaims(GATE)[PROJECT]
  if (!wanted || wanted.tls === 'none') return
  // What failed before that is tried again.
  const asked = clock()
  await runInside((await requireGate(GATE)).id, `touch ${FOLDER}/wanted`)
  // The engine gives a name to one container alone: of projects that join at once, one starts it.
  await ensureCompanionImage()
  await changeClaims(
    config,
    (claims) => claims,
    () => ensureCompanion(config),
  )
  const names = hostsOf(wanted).join(',')
  const expected = { kind: wanted.tls, names, asked, madeSince: isNew ? since : '' }
  const find = async () => {
    const state = await readCertificate(GATE, PROJECT)
    return state && isAnswer(state, expected) ? state : undefined
  }
  const state = await waitFor(find, 60, () => sleep(200))
  const line = state ? describeCertificate(state, Date.now()) : `there is no certificate for ${names} yet: make status`
  if (!state || isWorrying(state, Date.now())) return log.warn(line)
  log.note(line)
  // What the companion has said to the gate, the gate may not do yet.
  const areServed = async () =>
    (await Promise.all(hostsOf(wanted).map((name) => isServed(config, name)))).every(Boolean)
  if (!(await waitFor(areServed, 20, () => sleep(200))))
    log.warn(`the gate does not serve the certificate of ${names} yet: make gate`)
}

// Whether a handshake for a name comes to an end. Who has signed the certificate is for the client to know.
const isServed = async ({ GATE_BIND, GATE_HTTPS_PORT }: Config, servername: string): Promise<boolean> => {
  // Node takes 15 ms to load it, and every target would.
  const { connect } = await import('node:tls')
  return await new Promise((resolve) => {
    const host = GATE_BIND === '0.0.0.0' ? '127.0.0.1' : GATE_BIND
    const socket = connect({ host, port: GATE_HTTPS_PORT, servername, rejectUnauthorized: false, timeout: 5000 })
    const end = (served: boolean) => {
      socket.destroy()
      resolve(served)
    }
    socket
      .once('secureConnect', () => end(true))
      .once('error', () => end(false))
      .once('timeout', () => end(false))
  })
}

/** What the companion says of the certificate of a project; undefined where it has said nothing, or no gate runs. */
export async function readCertificate(gate: string, project: string): Promise<CertificateState | undefined> {
  const { id } = await requireGate(gate)
  return parseState(await runInside(id, `cat ${FOLDER}/${project}.state 2>/dev/null || true`))
}
