import { posix } from 'node:path'
import type { Draft } from './draft.ts'
import { type Finding, note, pathOf, some, stepOf } from './finding.ts'
import { LOSSES, type Loss, UNKNOWN } from './losses.ts'
import { givenService, nameIn, type Proposal, resolveProposal } from './resolved.ts'
import { insideOf, mountsOf, type Project } from './source-tree.ts'
import { isRead } from './variables.ts'

// The proof that a proposal drops nothing without a word: each leaf of the Compose project is in the proposal, or a row of
// the table of losses names it, or a finding claims it. What remains becomes a finding here.

type Leaf = { readonly path: string; readonly value: string }

/** Compares a Compose project with the proposal: a finding for each leaf that is neither there nor claimed by other findings. */
export function accountFor(draft: Draft, proposal: Proposal, findings: readonly Finding[]): Finding[] {
  const { tree, project, front } = draft
  const claims = findings.flatMap((one) => one.claims ?? [])
  const isClaimed = (path: string) =>
    claims.some((one) => path === one || (path.startsWith(one) && /[.[]/.test(path[one.length] ?? '')))
  const output = resolveProposal(draft, proposal)
  const texts = [project.text, project.written ?? '', ...Object.values(tree.sources)]
  // A fixed address that nobody names is as good as any other.
  const isLost = ({ path, value }: Leaf) =>
    !/\.ipv[46]_address$/.test(path) || texts.some((text) => text.replace(ADDRESSES, '').includes(value))
  const lost = (at: string, given: unknown, ...found: readonly unknown[]) => {
    const there = new Set(found.flatMap((one) => leavesOf(one)).map(lineOf))
    return leavesOf(given).filter((leaf) => !there.has(lineOf(leaf)) && !isClaimed(at + leaf.path) && isLost(leaf))
  }
  return [
    ...Object.keys(project.services).flatMap((name) => {
      const isFront = name === front?.service
      const found = isFront ? {} : output['services']?.[nameIn(draft, name)]
      // What becomes of a copy of the application becomes of the application, and is said of that.
      const same = draft.twins.includes(name) ? givenService(draft, draft.web ?? '', proposal.variables) : {}
      const leaves = lost(pathOf('services', name), givenService(draft, name, proposal.variables), found, same)
      return explain(draft, name, LOSSES[isFront ? 'front' : 'service'], leaves)
    }),
    ...TOPS.flatMap((top) => {
      const used = Object.entries(project[top] ?? {}).flatMap(([name, given]) => {
        const spec = isOwnNetwork(tree, given) ? { ...given, external: undefined } : given
        // Compose writes the name that it gives by itself.
        return isUsed(project, top, name)
          ? [[name, isUsual(spec, `${project.name}_${name}`) ? { ...spec, name: undefined } : spec]]
          : []
      })
      return explain(draft, top, LOSSES[top], lost(top, Object.fromEntries(used), output[top]))
    }),
    ...(isClaimed('.env')
      ? []
      : explain(draft, '.env', LOSSES['.env'], unread(draft, JSON.stringify(proposal.services)))),
    ...joinedFindings(draft),
  ]
}

// What a script of the repository makes, or no other project uses, is external to Compose alone.
const isOwnNetwork = ({ sources, alone }: Draft['tree'], spec: { name?: string; external?: boolean } | null) =>
  spec?.external === true &&
  (alone?.includes(spec.name ?? '-') === true ||
    Object.values(sources).some((text) =>
      [...text.matchAll(/\bnetwork create\s([^;&|\n]*)/g)].some(([, words = '']) =>
        words.split(/[\s"']+/).includes(spec.name ?? '-'),
      ),
    ))

// A release has one network: what the Compose file kept apart meets there.
function joinedFindings({ project, front }: Draft): Finding[] {
  const all = Object.entries(project.services).flatMap(([name, { networks, network_mode: mode }]) =>
    mode === undefined && name !== front?.service ? [{ name, on: Object.keys(networks ?? { default: null }) }] : [],
  )
  const pairs = all.flatMap((one, index) =>
    all
      .slice(index + 1)
      .flatMap((other) => (one.on.some((name) => other.on.includes(name)) ? [] : `${one.name} with ${other.name}`)),
  )
  if (pairs.length === 0) return []
  const found = `a release has one network, where what was kept apart meets: ${some(pairs)}`
  const mend = 'where one must not reach the other, give them networks of their own in the proposed file'
  return [note('networks', found, mend, { where: project.file })]
}

const ADDRESSES = /\bipv[46]_address\W+\S+/g

// Every value of a tree with its path. What stands in a list has its name there, where it has one: lists have no order, but commands.
function leavesOf(value: unknown, path = ''): Leaf[] {
  if (value === undefined) return []
  if (typeof value !== 'object' || value === null || WHOLE.test(path))
    return [{ path, value: typeof value === 'string' ? value : JSON.stringify(value) }]
  const below = (key: string, one: unknown) => leavesOf(one, path + stepOf(key))
  if (!Array.isArray(value)) return Object.entries(value).flatMap(([key, one]) => below(key, one))
  return value.flatMap((one, index) =>
    typeof one === 'object' && one !== null
      ? below(nameOf(path, one, index), one)
      : [{ path: path + stepOf(String(one)), value: 'true' }],
  )
}
const WHOLE = /^\.(command|entrypoint|healthcheck\.test)$/
const nameOf = (path: string, { target, source, protocol = 'tcp' }: Named, index: number): string =>
  path.endsWith('.ports') ? `${target}/${protocol}` : String(target ?? source ?? index)
type Named = { readonly target?: unknown; readonly source?: unknown; readonly protocol?: unknown }
const lineOf = ({ path, value }: Leaf) => `${path}=${value}`

const TOPS = ['volumes', 'networks', 'secrets', 'configs'] as const
const isUsed = ({ services }: Project, top: (typeof TOPS)[number], name: string) =>
  Object.values(services).some(({ [top]: used }) =>
    Array.isArray(used) ? used.some(({ source }) => source === name) : name in ((used ?? {}) as object),
  )

const isUsual = (spec: { name?: string; external?: boolean } | null, name: string) =>
  spec?.external === true || spec?.name === name

// The variables of the .env beside the Compose file that reach no service.
function unread({ tree, project }: Draft, proposed: string): Leaf[] {
  const beside = posix.join(posix.dirname(project.file), '.env')
  const isMounted = mountsOf(project).some(({ source = '' }) => insideOf(tree, source) === beside)
  if (tree.tracked.includes(beside) || isMounted) return []
  return Object.keys(project.given ?? {}).flatMap((name) =>
    isRead(project, name) || proposed.includes(`\${${name}`) ? [] : [{ path: `.${name}`, value: '' }],
  )
}

// One finding for all leaves of a part that the same row is about.
function explain({ where, project }: Draft, check: string, rows: readonly Loss[], lost: readonly Leaf[]): Finding[] {
  const groups = Map.groupBy(lost, (leaf) => rows.find(({ is }) => is.test(lineOf(leaf).replace(/^\./, ''))) ?? UNKNOWN)
  return [...groups].flatMap(([{ said }, leaves]) => {
    if (said === undefined) return []
    const isService = project.services[check] !== undefined
    const paths = leaves.map(({ path }) =>
      path.replace(/^\./, '').replace(/^((?:ports|devices|volumes)\[.*?\]).*/, '$1'),
    )
    const tops = paths.map((path) => /^\[(.*?)\]|^[^.[]*/.exec(path)).map((one) => one?.[1] ?? one?.[0] ?? '')
    const names = [...new Set(isService ? paths : tops)]
    const place = isService ? where(check, names[0]?.split(/[.[]/)[0]) : project.file
    return [{ check, ...said, found: `${some(names)}: ${said.found}`, where: place }]
  })
}
