import * as v from 'valibot'
import { renderBytes, renderTable } from '../cli/table.ts'
import type { Danger } from '../docker/dangers.ts'

/** What the doctor measured on this host. Sizes are in bytes, times in seconds. */
export type Facts = {
  readonly engine: string
  readonly compose: string
  readonly buildx: string
  readonly disk: number
  readonly memory: number
  /** What the gate does for the project; absent where it has not joined it. */
  readonly gate: { readonly found: string; readonly isWell: boolean } | undefined
  /** The bridge networks there are, and how many the engine's address pools have room for. */
  readonly networks: { readonly count: number; readonly most: number }
  readonly port: { readonly where: string; readonly free: boolean }
  /** The project's published ports that other hosts reach. */
  readonly open: readonly string[]
  readonly lockFile: string
  /** With the names of the variables in them that may hold secrets. */
  readonly envFiles: readonly { readonly name: string; readonly mode: number; readonly secrets: readonly string[] }[]
  readonly drain: number
  readonly graceful: number | undefined
  readonly stopGrace: number
  readonly standIns: readonly string[]
  readonly logRotation: boolean
  /** What the engine says of its own settings. */
  readonly daemon: { readonly debug: boolean; readonly liveRestore: boolean; readonly swarm: boolean }
  /** Where known vulnerabilities come from; empty for nowhere. */
  readonly vulnerabilities: string
  /** What the services of the Compose file can do beyond their containers. */
  /** Networks that exist with a way out, and are to have none. */
  readonly opened: readonly string[]
  readonly dangers: readonly Danger[]
  /** Where snapshots go, and whether that place outlives the engine. */
  readonly snapshots: { readonly place: string; readonly outlives: boolean }
}
export type Finding = {
  readonly check: string
  readonly found: string
  readonly mend: string | undefined
  readonly weight: 'ok' | 'note' | 'problem'
}

/** How many networks an engine's address pools have room for; Docker's own pools for 31. */
export const roomFor = (pools: unknown): number =>
  v.is(POOLS, pools)
    ? pools.reduce((sum, { Base, Size }) => sum + 2 ** Math.max(0, Size - Number(Base.split('/')[1])), 0)
    : 31
const POOLS = v.array(v.looseObject({ Base: v.string(), Size: v.number() }))

/** Judges the facts; each problem comes with the command that solves it. */
export const diagnose = (facts: Facts): Finding[] => [
  ...toolFindings(facts),
  ...hostFindings(facts),
  ...settingFindings(facts),
  ...adviceFindings(facts),
]

const toolFindings = ({ engine, compose, buildx }: Facts): Finding[] => [
  demand('engine', engine, atLeast(engine, 24), 'make setup, on a host whose distribution ships Docker 24 or newer'),
  demand('compose', compose, atLeast(compose, 2), 'make setup'),
  demand('buildx', buildx || 'missing', buildx !== '', 'make setup'),
]

const hostFindings = ({ disk, memory, networks, opened, port, gate }: Facts): Finding[] => [
  demand('disk', `${renderBytes(disk)} free for the engine`, disk > 2e9, 'make clean, or: docker system df'),
  demand('memory', `${renderBytes(memory)} available`, memory > 512e6, 'stop what you do not need'),
  demand(
    'networks',
    `${networks.count} of ${networks.most}`,
    networks.count + 3 <= networks.most,
    'docker network prune; or give the engine more default-address-pools (/etc/docker/daemon.json): a project needs three networks',
  ),
  demand(
    'internal',
    opened.join(', ') || 'as configured',
    opened.length === 0,
    'make down deploy   (makes the networks anew)',
  ),
  demand(
    'port',
    `${port.where} is ${port.free ? 'free or ours' : 'taken'}`,
    port.free,
    'set PORT in .env to a free port',
  ),
  ...(gate ? [demand('gate', gate.found, gate.isWell, 'make gate, then: make logs SERVICE=certificates')] : []),
]

function settingFindings({ envFiles, drain, graceful, stopGrace }: Facts): Finding[] {
  const application = graceful === undefined ? 'unknown' : `${graceful} s`
  return [
    ...(envFiles.length === 0 ? [demand('.env', 'none: the defaults apply', true, '')] : []),
    ...envFiles.map(({ name, mode, secrets }) =>
      demand(
        name,
        [`mode ${mode.toString(8)}`, ...secrets].join(', '),
        (mode & 0o077) === 0 || secrets.length === 0,
        `chmod 600 ${name}`,
      ),
    ),
    demand(
      'timeouts',
      `drain ${drain} s, application ${application}, stop ${stopGrace} s`,
      drain <= (graceful ?? drain) && (graceful ?? drain) < stopGrace,
      'set them so that DRAIN_TIMEOUT <= x-graceful-timeout < stop_grace_period (the last two are in the Compose file)',
    ),
  ]
}

const adviceFindings = ({ dangers, logRotation, open, snapshots, standIns, lockFile, ...facts }: Facts): Finding[] => [
  advise(
    'open ports',
    open.length === 0 ? 'none' : `${open.join(', ')}: past the firewall of the host`,
    open.length === 0,
    'leave it where the world is to come in; else BIND=127.0.0.1 in .env and make deploy, or filter it (docs/security.md)',
  ),
  advise(
    'log rotation',
    logRotation ? 'set by the Compose file' : 'none',
    logRotation,
    'set logging options (max-size) on service app',
  ),
  advise(
    'daemon',
    `log level ${facts.daemon.debug ? 'debug' : 'not debug'}, live-restore ${facts.daemon.liveRestore ? 'on' : 'off'}`,
    // A swarm's engine refuses live-restore.
    !facts.daemon.debug && (facts.daemon.liveRestore || facts.daemon.swarm),
    '"debug": false and "live-restore": true in /etc/docker/daemon.json (containers then outlive the engine; an engine that is killed would leave them stopped)',
  ),
  ...dangers.map(({ service, what }) =>
    advise(`service ${service}`, what, false, 'take it away where the service can do without'),
  ),
  advise(
    'snapshots',
    `in ${snapshots.place}`,
    snapshots.outlives,
    'they are lost with this engine: set BACKUP_REPOSITORY in .env to another place',
  ),
  advise(
    'vulnerabilities',
    facts.vulnerabilities || 'packages are not checked',
    facts.vulnerabilities !== '',
    'set VULNERABILITIES in .env (see .env.example), then: make audit',
  ),
  advise(
    'images',
    standIns.length === 0 ? 'all from upstream' : `stand-ins for ${standIns.join(', ')}`,
    standIns.length === 0,
    `once a registry answers: rm ${lockFile} && make setup`,
  ),
]

/** Renders the findings as a table, then what to do about them. */
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

// Makes a function that states one finding; a fact that is not `right` weighs as much as `otherwise` says.
const judge =
  (otherwise: 'note' | 'problem') =>
  (check: string, found: string, right: boolean, mend: string): Finding => ({
    check,
    found,
    mend: right ? undefined : mend,
    weight: right ? 'ok' : otherwise,
  })
const demand = judge('problem')
const advise = judge('note')
