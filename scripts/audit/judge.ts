import { Failure } from '../cli/failure.ts'
import { renderTable } from '../cli/table.ts'
import type { Ignored } from './ignore.ts'
import type { Finding } from './match.ts'
import { SEVERITIES, type Severity } from './record.ts'

/** What was compared with which database. */
export type Compared = {
  readonly version: string
  readonly image: string
  /** Those of a distribution by their source packages. */
  readonly packages: number
  readonly records: number
  readonly findings: readonly Finding[]
  /** Packages that were not compared, by the reason. */
  readonly left: readonly { readonly reason: string; readonly packages: number }[]
  /** Records of which nobody can say whether they apply. */
  readonly unclear: readonly string[]
}
export type Gate = Severity | 'off'
/** A finding, and why it does not fail the gate; undefined where it does. */
export type Judged = Finding & { readonly passes: string | undefined }

/** Judges each finding, the worst first. `today` is a date such as 2030-12-31. */
export const judge = (findings: readonly Finding[], gate: Gate, ignored: readonly Ignored[], today: string): Judged[] =>
  findings
    .map((finding) => ({ ...finding, passes: reasonToPass(finding, gate, ignored, today) }))
    .toSorted((a, b) => rank(b.severity) - rank(a.severity) || (a.package < b.package ? -1 : 1))

function reasonToPass(finding: Finding, gate: Gate, ignored: readonly Ignored[], today: string): string | undefined {
  const entry = ignored.find(
    ({ id, package: name, until }) =>
      finding.names.concat(finding.id).includes(id) && (name ?? finding.package) === finding.package && until >= today,
  )
  if (entry) return `ignored until ${entry.until}: ${entry.reason}`
  if (gate === 'off') return 'the gate is off'
  if (rank(finding.severity) < rank(gate)) return 'below the gate'
  return finding.fixed === '' && !isMalicious(finding) ? 'no fix yet' : undefined
}

// Nothing will mend a package that was made to do harm.
const isMalicious = ({ names }: Finding) => names.some((name) => name.startsWith('MAL-'))
const rank = (severity: Severity) => SEVERITIES.indexOf(severity)

/** The outcome as text: a table of what was found, and a line for all that was compared, or was not. */
export function renderAudit(
  compared: Compared,
  judged: readonly Judged[],
  gate: Gate,
  ended: readonly Ignored[],
): string {
  const rows = judged.map((one) => [
    one.severity,
    one.id,
    `${one.package} ${one.version}`,
    one.fixed || 'none yet',
    one.passes ?? 'FAILS the gate',
  ])
  const failing = judged.filter(({ passes }) => passes === undefined).length
  return [
    ...(rows.length > 0 ? [renderTable(['SEVERITY', 'ID', 'PACKAGE', 'FIXED IN', 'GATE'], rows), ''] : []),
    ...ended.map(({ id, until }) => `no longer ignored: ${id}, since ${until}`),
    ...compared.left.map(({ reason, packages }) => `not checked: ${packages} packages (${reason})`),
    ...(compared.unclear.length > 0 ? [`not comparable: ${listFew(compared.unclear)}`] : []),
    `audited: ${compared.version}, ${compared.packages} packages against ${compared.records} records; ` +
      `known vulnerabilities: ${judged.length}, of which fail VULNERABILITY_GATE=${gate}: ${failing}`,
  ].join('\n')
}

/** The result as a document. */
export const auditDocument = (compared: Compared, judged: readonly Judged[], gate: Gate) => ({
  outcome: judged.some(({ passes }) => passes === undefined) ? 'failed' : 'passed',
  ...{ version: compared.version, image: compared.image, gate },
  ...{ packages: compared.packages, records: compared.records, notChecked: compared.left, unclear: compared.unclear },
  findings: judged,
})

/** The Failure of an image that the gate does not let through; undefined where it does. */
export function failureOf(
  judged: readonly Judged[],
  gate: Gate,
  detail: string,
  document: object,
): Failure | undefined {
  const failing = judged.filter(({ passes }) => passes === undefined)
  if (failing.length === 0) return undefined
  const named = listFew(failing.map((one) => `${one.id} in ${one.package}`))
  return new Failure(`known vulnerabilities fail VULNERABILITY_GATE=${gate}: ${named}`, {
    ...{ detail, document },
    next: 'make outdated UPDATE=1, then: make build NO_CACHE=1 test audit   (or list them in VULNERABILITY_IGNORE_FILE)',
  })
}

const listFew = (names: readonly string[]) =>
  names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ')
