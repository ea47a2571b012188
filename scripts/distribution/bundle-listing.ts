import * as v from 'valibot'
import { Failure } from '../cli/failure.ts'
import { tryJson } from '../cli/parse.ts'
import { BUNDLE_FILE, IMAGES_FILE, SIGNATURE_FILE, SUMS_FILE } from '../release/bundle.ts'

export const NEXT_BUNDLE = 'make bundle, where the release was built, and copy it again'
const MOST_BYTES = 1_000_000
const refuse = (problem: string) => new Failure(`the bundle is refused: ${problem}`, { next: NEXT_BUNDLE })

/**
 * Takes what `tar --list --verbose` says of a bundle and the size of its file; gives its folder, and the names of the
 * files in it. Throws a Failure where an entry could write elsewhere, or is not what a bundle holds.
 */
export function readListing(listing: string, archiveSize: number): { root: string; names: string[] } {
  const entries = listing.split('\n').filter(Boolean).map(readEntry)
  const root = entries[0]?.path.split('/')[0] ?? ''
  if (!/^[a-z0-9][\w.-]*$/.test(root)) throw refuse('it has no folder of its own')
  const names = new Set<string>()
  for (const { type, size, path } of entries) {
    if (path.split('/').includes('..') || path.split('/')[0] !== root) throw refuse(`${path} lies outside its folder`)
    if (type === 'd') continue
    const name = path.slice(root.length + 1)
    // git keeps symbolic links. Nothing reads these four through one.
    if (type !== '-' && (type !== 'l' || NEEDED.has(name))) throw refuse(`${name} is no regular file`)
    if (size > (LIMITED.has(name) ? MOST_BYTES : archiveSize)) throw refuse(`${name} is too large: ${size} bytes`)
    if (names.has(name)) throw refuse(`it has ${name} twice`)
    names.add(name)
  }
  for (const name of [BUNDLE_FILE, SUMS_FILE, IMAGES_FILE]) if (!names.has(name)) throw refuse(`it lacks ${name}`)
  return { root, names: [...names] }
}

const LIMITED = new Set([BUNDLE_FILE, SUMS_FILE, SIGNATURE_FILE])
const NEEDED = new Set([...LIMITED, IMAGES_FILE])

function readEntry(line: string) {
  const [, type, size, rest] = /^(.)\S+ +\S+ +(\d+|\d+,\d+) +\S+ +\S+ (.*)$/.exec(line) ?? []
  if (!type || !rest) throw refuse(`its entry ${JSON.stringify(line)} cannot be read`)
  const path = type === 'l' ? rest.split(' -> ')[0] : rest
  return { type, size: Number(size?.replace(',', '')), path: path ?? '' }
}

/** Throws a Failure unless the checksums name each file of the bundle, and no other. */
export function requireSums(sums: string, names: readonly string[]): void {
  const summed = new Set<string>()
  for (const line of sums.split('\n').filter(Boolean)) {
    const [, name] = /^[0-9a-f]{64} [ *](.+)$/.exec(line) ?? []
    if (!name || summed.has(name)) throw refuse(`${SUMS_FILE} has the line ${JSON.stringify(line.slice(0, 200))}`)
    summed.add(name)
  }
  // The user may change .env. The checksums cannot name themselves.
  const covered = names.filter((name) => !['.env', SUMS_FILE, SIGNATURE_FILE].includes(name))
  const extra = covered.find((name) => !summed.has(name))
  if (extra) throw refuse(`${SUMS_FILE} does not name ${extra}`)
  const lacking = [...summed].find((name) => !covered.includes(name))
  if (lacking) throw refuse(`it lacks ${lacking}, which ${SUMS_FILE} names`)
}

const MANIFEST = v.array(v.looseObject({ RepoTags: v.nullish(v.array(v.string()), []) }))
const NAME = 'io.containerd.image.name'
const INDEX = v.looseObject({
  manifests: v.array(v.looseObject({ annotations: v.optional(v.record(v.string(), v.string()), {}) })),
})
const REPOSITORIES = v.record(v.string(), v.record(v.string(), v.string()))

/**
 * Throws a Failure where an archive of images names one that bundle.json does not: the engine would take its name from
 * another. `texts` are its manifest.json, index.json and repositories, empty where it has none.
 */
export function requireNamed(texts: readonly string[], images: Readonly<Record<string, string>>): void {
  const [manifest = '', index = '', repositories = ''] = texts
  const read = <T>(schema: v.GenericSchema<unknown, T>, found: string, none: string) => {
    const text = found || none
    const value = tryJson(text)
    const result = v.safeParse(schema, value)
    if (result.success && keysIn(text) === distinctKeys(value)) return result.output
    throw refuse(`${IMAGES_FILE} names its images in a way that cannot be read`)
  }
  const names = [
    ...read(MANIFEST, manifest, '').flatMap(({ RepoTags }) => RepoTags ?? []),
    ...read(INDEX, index, '{"manifests":[]}').manifests.flatMap(({ annotations }) => annotations[NAME] ?? []),
    ...Object.entries(read(REPOSITORIES, repositories, '{}')).flatMap(([name, tags]) =>
      Object.keys(tags).map((tag) => `${name}:${tag}`),
    ),
  ]
  const known = new Set(Object.keys(images).map(shortName))
  const strange = names.map(shortName).find((name) => !known.has(name))
  if (strange)
    throw refuse(`${IMAGES_FILE} has an image ${JSON.stringify(strange)}, which ${BUNDLE_FILE} does not name`)
}

// The engine reads a key whatever its case, and takes the last of several: a second one could name what the first hides.
const keysIn = (text: string) => text.match(/"(?:[^"\\]|\\.)*"(\s*:)?/g)?.filter((one) => one.endsWith(':')).length ?? 0
function distinctKeys(value: unknown): number {
  let count = 0
  const left = [value]
  while (left.length > 0) {
    const one = left.pop()
    if (one === null || typeof one !== 'object') continue
    // As Go folds them: ſ is an s, and the sign for Kelvin a k.
    if (!Array.isArray(one)) count += new Set(Object.keys(one).map((key) => key.toUpperCase().toLowerCase())).size
    for (const inner of Object.values(one)) left.push(inner)
  }
  return count
}

const shortName = (name: string) => {
  const short = name.replace(/^docker\.io\//, '').replace(/^library\//, '')
  return /[:@][^/]*$/.test(short) ? short : `${short}:latest`
}
