import semver from 'semver'
import { shortId } from '../cli/digest.ts'
import type { LockedImage } from '../image/image-lock.ts'
import { sortVersions } from '../version/version.ts'

/** One locked image or package, and what upstream offers for it. */
export type Row = {
  readonly kind: 'image' | 'npm' | 'python'
  readonly name: string
  /** The file that names it: UPDATE=1 changes this file or the lock beside it. */
  readonly where: string
  readonly locked: string
  /** The version or digest that UPDATE=1 moves it to; empty if it stays. */
  readonly update: string
  /** The newest version or digest upstream; empty if no registry answers. */
  readonly latest: string
  readonly state: 'up to date' | 'moved' | 'stand-in' | 'left alone' | 'no answer'
  readonly note: string
}

/** Compares a locked image with the answer of its registry. */
export function imageRow(name: string, where: string, locked: LockedImage, answer: Answer): Row {
  const row = {
    kind: 'image',
    name,
    where,
    locked: locked.reference.replace(/^.*@/, ''),
    update: '',
    latest: '',
  } as const
  if (locked.source === 'stand-in')
    return { ...row, locked: locked.id, state: 'stand-in', note: 'rebuilt by make setup when its inputs change' }
  if ('problem' in answer) return { ...row, state: 'no answer', note: answer.problem }
  const { digest } = answer
  return digest === row.locked
    ? { ...row, latest: digest, state: 'up to date', note: '' }
    : { ...row, update: digest, latest: digest, state: 'moved', note: '' }
}
/** The digest that a registry has for a reference, or why it did not answer. */
export type Answer = { readonly digest: string } | { readonly problem: string }

/** The reference that pulls an image by its digest. */
export const pinned = (upstream: string, digest: string): string => `${upstream.replace(/:[^:/]*$/, '')}@${digest}`

/** A package: `spec` from package.json, the locked version `current`, and what npm offers. */
export type NpmPackage = {
  readonly name: string
  readonly spec: string
  readonly current: string | undefined
  readonly wanted: string
  readonly latest: string
  /** The versions that a caret range of `current` allows. */
  readonly compatible: readonly string[]
}

/** The row of a package that has moved: a pin goes to the newest compatible version, a range to the newest in it. */
export function npmRow(where: string, found: NpmPackage): Row {
  const { name, spec, current, wanted, latest, compatible } = found
  const newest = isPin(spec) ? (sortVersions(compatible.filter(isPin))[0] ?? '') : wanted
  const update = current && isPin(newest) && isPin(current) && semver.gt(newest, current) ? newest : ''
  const note = update === latest ? '' : `by hand: npm install ${name}@${latest}${isPin(spec) ? ' --save-exact' : ''}`
  return { kind: 'npm', name, where, locked: current ?? spec, update, latest, state: 'moved', note }
}
export const isPin = (spec: string): boolean => semver.valid(spec) !== null

export type Requirement = { readonly name: string; readonly spec: string; readonly pin: boolean }
const NAME = String.raw`[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?`
const PIN = new RegExp(String.raw`^(\s*(${NAME})\s*(?:\[[^\]]*\])?\s*==\s*)(\d+(?:\.\d+)*)(\s*(?:[;#][\s\S]*)?)$`)
const ANY = new RegExp(String.raw`^\s*(${NAME})\s*(?:\[[^\]]*\])?\s*((?:[<>=!~@][^;#\\]*?)?)\s*(?:[;#\\][\s\S]*)?$`)

/** Reads the requirements of a file, in its order, without options and comments. */
export function parseRequirements(text: string): Requirement[] {
  return text.split('\n').flatMap((line): Requirement[] => {
    const [, , name, version] = PIN.exec(line) ?? []
    if (name && version) return [{ name, spec: version, pin: true }]
    const [, other, spec = ''] = ANY.exec(line) ?? []
    return other ? [{ name: other, spec, pin: false }] : []
  })
}

/** Compares a requirement with the final versions that a package index offers; undefined if no index answered. */
export function pythonRow(
  where: string,
  { name, spec, pin }: Requirement,
  versions: readonly string[] | undefined,
): Row {
  const finals = (versions ?? []).filter((version) => /^\d+(\.\d+)*$/.test(version)).sort(compareFinal)
  const latest = finals.at(-1) ?? ''
  const row = { kind: 'python', name, where, locked: spec || 'any', update: '', latest } as const
  if (!pin) return { ...row, state: 'left alone', note: 'not a plain pin (name==version)' }
  if (latest === '') return { ...row, state: 'no answer', note: 'no package index named a version' }
  const newest = finals.findLast((version) => version.split('.')[0] === spec.split('.')[0]) ?? spec
  const update = compareFinal(newest, spec) > 0 ? newest : ''
  const state = compareFinal(latest, spec) > 0 ? 'moved' : 'up to date'
  return { ...row, update, state, note: update === latest || state !== 'moved' ? '' : 'another major: by hand' }
}

/** The text of a requirements file with the pins of `rows` moved, and every other byte unchanged. */
export function movePins(text: string, rows: readonly Row[]): string {
  const targets = new Map(rows.map(({ name, update }) => [name, update]))
  return text
    .split('\n')
    .map((line) => {
      const [, before = '', name = '', , after = ''] = PIN.exec(line) ?? []
      const target = targets.get(name)
      return target ? `${before}${target}${after}` : line
    })
    .join('\n')
}

/** A digest or a version, as a table shows it. */
export const shown = (value: string): string => (value.startsWith('sha256:') ? shortId(value) : value)

const compareFinal = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true })
