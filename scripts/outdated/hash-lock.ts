import { eq, valid } from '@renovatebot/pep440'
import * as v from 'valibot'
import { parseJson } from '../cli/parse.ts'
import type { Row } from './plan.ts'

/** What pip would install: each package with its version, and the hashes of the files that an index has of it. */
export type Pinned = { readonly name: string; readonly version: string; readonly hashes: readonly string[] }

/** The file from which a lock of hashes is made: `requirements.lock` from `requirements.txt`. */
export const sourceOf = (lock: string): string => lock.replace(/\.lock$/, '.txt')

// The parts of pip's report (https://pip.pypa.io/en/stable/reference/installation-report/) and of an index's answer
// (https://peps.python.org/pep-0691/) that are read here.
const HASHES = v.optional(v.object({ sha256: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))) }))
const REPORT = v.object({
  install: v.array(
    v.object({
      metadata: v.object({ name: v.string(), version: v.string() }),
      download_info: v.object({ archive_info: v.optional(v.object({ hashes: HASHES })) }),
    }),
  ),
})
const ANSWER = v.object({ files: v.array(v.object({ filename: v.string(), hashes: HASHES })) })

/** What pip reports that it would install, each with the hash of the file that it chose. */
export const readReport = (report: string): Pinned[] =>
  parseJson(REPORT, report, { what: "pip's report", next: 'make setup, then: make outdated' }).install.map(
    ({ metadata: { name, version }, download_info: { archive_info } }) => ({
      name: indexName(name),
      version,
      hashes: [archive_info?.hashes?.sha256 ?? ''].filter(Boolean),
    }),
  )

/** Adds the hashes of all files that an index has of a version: those for other machines, too. */
export function withAnswer({ name, version, hashes }: Pinned, answer: unknown): Pinned {
  const result = v.safeParse(ANSWER, answer)
  const files = result.success ? result.output.files : []
  const own = files.filter(({ filename }) => isOf(filename, version)).flatMap((file) => file.hashes?.sha256 ?? [])
  return { name, version, hashes: [...new Set([...hashes, ...own])].sort() }
}

// A wheel is called name-version-….whl, a source name-version.tar.gz or .zip.
function isOf(filename: string, version: string): boolean {
  const [, wheel, source] = /^[^-]+-([^-]+)-.+\.whl$|^.+-([^-]+)\.(?:tar\.gz|zip)$/.exec(filename) ?? []
  const found = wheel ?? source ?? ''
  return valid(found) !== null && eq(found, version)
}

/** A package's name as an index writes it: https://peps.python.org/pep-0503/. */
const indexName = (name: string) => name.toLowerCase().replaceAll(/[-_.]+/g, '-')

/** The text of a lock: a requirements file that pip holds to the hashes. */
export const renderHashLock = (source: string, pinned: readonly Pinned[]): string =>
  [
    `# All that pip installs for ${source}, with the hashes of the index: made by make outdated UPDATE=1.`,
    ...pinned
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, version, hashes }) => [`${name}==${version}`, ...hashes.map(asOption)].join(' \\\n    ')),
    '',
  ].join('\n')
const asOption = (hash: string) => `--hash=sha256:${hash}`

/**
 * Compares a lock of hashes with what pip would install now, or with why it cannot say. `moving` says that UPDATE=1
 * moves a requirement beside it.
 */
export function hashLockRow(where: string, text: string, found: readonly Pinned[] | string, moving: boolean): Row {
  const held = new Map([...text.matchAll(/^([^#\s=]+)==(\S+)/gm)].map(([, name = '', version = '']) => [name, version]))
  const locked = held.size === 0 ? 'no hashes' : `${held.size} with hashes`
  const row = {
    kind: 'python',
    name: sourceOf(where).replace(/^.*\//, ''),
    where,
    locked,
    update: '',
    latest: '',
  } as const
  if (typeof found === 'string') return { ...row, state: 'no answer', note: found }
  const changed = found.filter(({ name, version }) => held.get(name) !== version)
  const latest = `${found.length} with hashes`
  if (changed.length === 0 && held.size === found.length && !moving)
    return { ...row, latest, state: 'up to date', note: '' }
  const note = changed.map(({ name, version }) => `${name} ${held.get(name) ?? 'new'} → ${version}`).join(', ')
  return { ...row, update: latest, latest, state: 'moved', note }
}
