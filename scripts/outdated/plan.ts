import semver from 'semver'
import { shortId } from '../cli/digest.ts'
import type { LockedImage } from '../image/image-lock.ts'

/** One thing that is locked here, and what upstream says of it. */
export type Row = {
  readonly kind: 'image' | 'npm' | 'python'
  readonly name: string
  /** The file or folder whose lock it is. */
  readonly where: string
  readonly locked: string
  /** What UPDATE=1 moves it to; empty where it stays. */
  readonly update: string
  /** The newest one of all; empty where nobody answers. */
  readonly latest: string
  readonly state: 'up to date' | 'moved' | 'stand-in' | 'left alone' | 'no answer'
  readonly note: string
}

/** A locked image against what its registry has now, or why it did not answer. */
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
/** What a registry says of a reference. */
export type Answer = { readonly digest: string } | { readonly problem: string }

/** What pulls the image of a reference by a digest. */
export const pinned = (upstream: string, digest: string): string => `${upstream.replace(/:[^:/]*$/, '')}@${digest}`

/** A package as package.json asks for it, what is locked, and what npm says. */
export type NpmPackage = {
  readonly name: string
  readonly spec: string
  readonly current: string | undefined
  readonly wanted: string
  readonly latest: string
  /** The versions that a caret range of `current` allows. */
  readonly compatible: readonly string[]
}

/** A package that has moved: a pin goes to the newest compatible version, a range to the newest in it. */
export function npmRow(where: string, found: NpmPackage): Row {
  const { name, spec, current, wanted, latest, compatible } = found
  const newest = isPin(spec) ? (semver.rsort([...compatible])[0] ?? '') : wanted
  const update = current !== undefined && semver.valid(newest) && semver.gt(newest, current) ? newest : ''
  const note = update === latest ? '' : `by hand: npm install ${name}@${latest}${isPin(spec) ? ' --save-exact' : ''}`
  return { kind: 'npm', name, where, locked: current ?? spec, update, latest, state: 'moved', note }
}
export const isPin = (spec: string): boolean => semver.valid(spec) !== null

export type Requirement = { readonly name: string; readonly spec: string; readonly pin: boolean }
const NAME = String.raw`[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?`
const PIN = new RegExp(String.raw`^(\s*(${NAME})\s*(?:\[[^\]]*\])?\s*==\s*)(\d+(?:\.\d+)*)(\s*(?:[;#][\s\S]*)?)$`)
const ANY = new RegExp(String.raw`^\s*(${NAME})\s*(?:\[[^\]]*\])?\s*((?:[<>=!~@][^;#\\]*?)?)\s*(?:[;#\\][\s\S]*)?$`)

/** What a requirements file asks for, by line; options and comments left out. */
export function parseRequirements(text: string): Requirement[] {
  return text.split('\n').flatMap((line): Requirement[] => {
    const [, , name, version] = PIN.exec(line) ?? []
    if (name && version) return [{ name, spec: version, pin: true }]
    const [, other, spec = ''] = ANY.exec(line) ?? []
    return other ? [{ name: other, spec, pin: false }] : []
  })
}

/** A requirement against the final versions that an index offers, undefined where it gives none. */
export function pythonRow(
  where: string,
  { name, spec, pin }: Requirement,
  versions: readonly string[] | undefined,
): Row {
  const finals = (versions ?? []).filter((version) => /^\d+(\.\d+)*$/.test(version)).sort(compareFinal)
  const latest = finals.at(-1) ?? ''
  const row = { kind: 'python', name, where, locked: spec || 'any', update: '', latest } as const
  if (!pin) return { ...row, state: 'left alone', note: 'no plain pin (name==version)' }
  if (latest === '') return { ...row, state: 'no answer', note: 'no package index that knows it answers' }
  const newest = finals.findLast((version) => version.split('.')[0] === spec.split('.')[0]) ?? spec
  const update = compareFinal(newest, spec) > 0 ? newest : ''
  const state = compareFinal(latest, spec) > 0 ? 'moved' : 'up to date'
  return { ...row, update, state, note: update === latest || state !== 'moved' ? '' : 'another major: by hand' }
}

/** A requirements file with the pins of `rows` moved, and every other byte as it is. */
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
