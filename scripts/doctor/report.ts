import { renderBytes, renderTable } from '../cli/table.ts'

/** What was measured on this host; sizes in bytes, times in seconds. */
export type Facts = {
  readonly engine: string
  readonly compose: string
  readonly buildx: string
  readonly disk: number
  readonly memory: number
  readonly port: { readonly where: string; readonly free: boolean }
  readonly envFiles: readonly { readonly name: string; readonly mode: number }[]
  readonly drain: number
  readonly graceful: number | undefined
  readonly stopGrace: number
  readonly standIns: readonly string[]
  readonly logRotation: boolean
  /** Where snapshots go, and whether that outlives the engine. */
  readonly snapshots: { readonly place: string; readonly outlives: boolean }
}
export type Finding = {
  readonly check: string
  readonly found: string
  readonly mend: string | undefined
  readonly weight: 'ok' | 'note' | 'problem'
}

/** Judges the facts; each problem comes with the command that solves it. */
export function diagnose(facts: Facts): Finding[] {
  const finding = (check: string, found: string, right: boolean, mend: string): Finding => ({
    check,
    found,
    mend: right ? undefined : mend,
    weight: right ? 'ok' : 'problem',
  })
  const { drain, graceful, stopGrace, envFiles } = facts
  const order = `drain ${drain} s, application ${graceful === undefined ? 'unknown' : `${graceful} s`}, stop ${stopGrace} s`
  return [
    finding(
      'engine',
      facts.engine,
      atLeast(facts.engine, 24),
      'make setup, on a host whose distribution ships Docker 24 or newer',
    ),
    finding('compose', facts.compose, atLeast(facts.compose, 2), 'make setup'),
    finding('buildx', facts.buildx || 'missing', facts.buildx !== '', 'make setup'),
    finding(
      'disk',
      `${renderBytes(facts.disk)} free for the engine`,
      facts.disk > 2e9,
      'make clean, or: docker system df',
    ),
    finding('memory', `${renderBytes(facts.memory)} available`, facts.memory > 512e6, 'stop what you do not need'),
    finding(
      'port',
      `${facts.port.where} is ${facts.port.free ? 'free or ours' : 'taken'}`,
      facts.port.free,
      'set PORT in .env to a free one',
    ),
    ...(envFiles.length === 0 ? [finding('.env', 'none: the defaults apply', true, '')] : []),
    ...envFiles.map(({ name, mode }) =>
      finding(name, `mode ${mode.toString(8)}`, (mode & 0o077) === 0, `chmod 600 ${name}`),
    ),
    finding(
      'timeouts',
      order,
      drain <= (graceful ?? drain) && (graceful ?? drain) < stopGrace,
      'let DRAIN_TIMEOUT <= x-graceful-timeout < stop_grace_period in the compose file',
    ),
    {
      ...finding(
        'log rotation',
        facts.logRotation ? 'set by the compose file' : 'none',
        facts.logRotation,
        'set logging options (max-size) on service app',
      ),
      ...(facts.logRotation ? {} : { weight: 'note' as const }),
    },
    {
      check: 'snapshots',
      found: `in ${facts.snapshots.place}`,
      mend: facts.snapshots.outlives
        ? undefined
        : 'they are lost with this engine: set BACKUP_REPOSITORY in .env to another place',
      weight: facts.snapshots.outlives ? 'ok' : 'note',
    },
    {
      check: 'images',
      found: facts.standIns.length === 0 ? "all upstream's" : `stand-ins for ${facts.standIns.join(', ')}`,
      mend:
        facts.standIns.length === 0 ? undefined : 'once a registry answers: rm compose/images/lock.json && make setup',
      weight: facts.standIns.length === 0 ? 'ok' : 'note',
    },
  ]
}

/** The findings as a table, then what to do. */
export function renderFindings(findings: readonly Finding[]): string {
  const mark = { ok: 'ok', note: 'note', problem: 'PROBLEM' }
  const table = renderTable(
    ['CHECK', 'STATE', 'FOUND'],
    findings.map(({ check, weight, found }) => [check, mark[weight], found]),
  )
  const mends = findings.flatMap(({ check, mend }) => (mend === undefined ? [] : [`  ${check}: ${mend}`]))
  return mends.length === 0 ? table : `${table}\n\nnext:\n${mends.join('\n')}`
}

const atLeast = (version: string, major: number) => Number.parseInt(version.replace(/^v/, ''), 10) >= major
