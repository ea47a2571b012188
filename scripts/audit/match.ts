import type { Package } from '../distribution/sbom.ts'
import { type Order, orderDebian, orderNode, orderPython } from './order.ts'
import { type Affected, type OsvRecord, type Severity, severityOf, worse } from './record.ts'

/** A package as the advisories of its ecosystem name it. */
export type Subject = {
  readonly ecosystem: string
  readonly release: string
  readonly name: string
  readonly version: string
}
/** A known vulnerability of a package of an image. */
export type Finding = {
  readonly id: string
  readonly ecosystem: string
  readonly package: string
  readonly version: string
  readonly severity: Severity
  /** The version that mends it; empty if there is none yet. */
  readonly fixed: string
  /** All names of it. */
  readonly names: readonly string[]
}

const ORDERS: Readonly<Record<string, Order>> = {
  Debian: orderDebian,
  Ubuntu: orderDebian,
  PyPI: orderPython,
  npm: orderNode,
}

/** The subject of a package, or why it cannot be compared with advisories. */
export function subjectOf({ type, name, version, source, distribution }: Package): Subject | string {
  if (type === 'pypi') return { ecosystem: 'PyPI', release: 'PyPI', name: pythonName(name), version }
  if (type === 'npm') return { ecosystem: 'npm', release: 'npm', name, version }
  const { id = '', release = '' } = distribution ?? {}
  const ecosystem = { debian: 'Debian', ubuntu: 'Ubuntu' }[id]
  if (type !== 'deb' || !ecosystem) return `no order of versions is known for ${id || type}`
  if (release === '') return `the release of ${id} is not named in the image`
  return {
    ecosystem,
    release: `${ecosystem}:${release}`,
    name: source?.name ?? name,
    version: source?.version ?? version,
  }
}

/** What to compare: subjects by ecosystem, each once; and packages that cannot be, by the reason. */
export function subjectsOf(packages: readonly Package[]) {
  const all = packages.map(subjectOf)
  const subjects = new Map(all.flatMap((one) => (typeof one === 'string' ? [] : [[JSON.stringify(one), one] as const])))
  const reasons = all.filter((one) => typeof one === 'string')
  return {
    subjects: Map.groupBy(subjects.values(), ({ ecosystem }) => ecosystem),
    left: [...Map.groupBy(reasons, (reason) => reason)].map(([reason, { length }]) => ({ reason, packages: length })),
  }
}

/** Compares records with subjects of one ecosystem, one record after the other. */
export class Matcher {
  readonly findings: Finding[] = []
  /** Records with versions that have no order, so that nobody can say whether they apply. */
  readonly unclear: string[] = []
  records = 0
  readonly subjects: number
  readonly #byName: Map<string, Subject[]>
  readonly #ecosystem: string

  constructor(ecosystem: string, subjects: readonly Subject[]) {
    this.#ecosystem = ecosystem
    this.subjects = subjects.length
    this.#byName = Map.groupBy(subjects, ({ name }) => name)
  }

  add(record: OsvRecord): void {
    this.records++
    if (record.withdrawn) return
    for (const affected of record.affected ?? [])
      for (const subject of this.#subjects(affected)) this.#compare(record, affected, subject)
  }

  #subjects({ package: named }: Affected): Subject[] {
    if (!named) return []
    const name = this.#ecosystem === 'PyPI' ? pythonName(named.name) : named.name
    // Ubuntu's releases may have more at their end: Ubuntu:24.04:LTS.
    const isOf = (release: string) => named.ecosystem === release || named.ecosystem.startsWith(`${release}:`)
    return (this.#byName.get(name) ?? []).filter(({ release }) => isOf(release))
  }

  #compare(record: OsvRecord, affected: Affected, subject: Subject): void {
    const order = ORDERS[subject.ecosystem]
    const state = order ? stateOf(affected, subject.version, order) : undefined
    if (state === undefined) this.unclear.push(`${record.id} (${subject.name} ${subject.version})`)
    if (!state?.affected) return
    const { ecosystem, name, version } = subject
    const names = [record.id, ...(record.aliases ?? []), ...(record.upstream ?? [])]
    this.findings.push({
      ...{ id: nameOf(record.id, names), ecosystem, package: name, version, names },
      ...{ severity: severityOf(record, affected), fixed: state.fixed },
    })
  }
}

// What is longer is no version, and may take long to compare.
const LONGEST = 256

type State = { readonly affected: boolean; readonly fixed: string }

// By the list of versions, or by a range, as OSV says: https://ossf.github.io/osv-schema/#evaluation.
function stateOf({ ranges, versions }: Affected, version: string, order: Order): State | undefined {
  const states = (ranges ?? [])
    .filter(({ type }) => type !== 'GIT')
    .map(({ events }) => inRange(events ?? [], version, order))
  const hit = states.find((state) => state?.affected)
  if (hit) return hit
  if (versions?.includes(version)) return { affected: true, fixed: states.find((state) => state?.fixed)?.fixed ?? '' }
  return states.includes(undefined) ? undefined : { affected: false, fixed: '' }
}

type Event = {
  readonly introduced?: string | undefined
  readonly fixed?: string | undefined
  readonly last_affected?: string | undefined
}
function inRange(events: readonly Event[], version: string, order: Order): State | undefined {
  const points = events.flatMap(({ introduced, fixed, last_affected: last }) => {
    const at = introduced ?? fixed ?? last
    if (at === undefined) return []
    const distance = introduced === '0' ? 1 : at.length > LONGEST ? undefined : order(version, at)
    return [{ at, kind: introduced !== undefined ? 'in' : fixed !== undefined ? 'fixed' : 'last', distance }]
  })
  if (points.some(({ distance }) => distance === undefined)) return undefined
  const near = (one: string, other: string) => {
    if (one === other) return 0
    return one === '0' ? -1 : other === '0' ? 1 : (order(one, other) ?? 0)
  }
  const sorted = points.toSorted((a, b) => near(a.at, b.at))
  let affected = false
  for (const { kind, distance = 0 } of sorted) {
    if (kind === 'in' && distance >= 0) affected = true
    if (kind === 'fixed' && distance >= 0) affected = false
    if (kind === 'last' && distance > 0) affected = false
  }
  const end = sorted.find(
    ({ kind, distance = 0 }) => (kind === 'fixed' && distance < 0) || (kind === 'last' && distance <= 0),
  )
  return { affected, fixed: end ? (end.kind === 'last' ? `> ${end.at}` : end.at) : '' }
}

const pythonName = (name: string) => name.toLowerCase().replaceAll(/[-_.]+/g, '-')

// People know a vulnerability by its CVE, where it has just one.
function nameOf(id: string, names: readonly string[]): string {
  const cves = new Set(names.flatMap((name) => /CVE-\d+-\d+/.exec(name)?.[0] ?? []))
  const [cve] = cves
  return cve && cves.size === 1 ? cve : id
}

/** One finding for each vulnerability of a package, with the worst severity and a fix if any database names one. */
export function mergeFindings(findings: readonly Finding[]): Finding[] {
  const groups = Map.groupBy(findings, (one) => JSON.stringify([one.id, one.ecosystem, one.package, one.version]))
  const merged = [...groups.values()].flatMap((group) => {
    const [one] = group
    if (!one) return []
    const severity = group.map((each) => each.severity).reduce(worse)
    const fixed = group.find((each) => each.fixed)?.fixed ?? ''
    return [{ ...one, severity, fixed, names: [...new Set(group.flatMap(({ names }) => names))] }]
  })
  // An advisory on several vulnerabilities says nothing new beside a finding on each.
  const known = new Set(merged.map((one) => `${one.package} ${one.id}`))
  return merged.filter(({ id, package: name, names }) => {
    const cves = names.flatMap((other) => /^CVE-\d+-\d+$/.exec(other)?.[0] ?? [])
    return cves.includes(id) || cves.length === 0 || !cves.every((cve) => known.has(`${name} ${cve}`))
  })
}
