import * as v from 'valibot'
import { parseJson, tryJson } from '../cli/parse.ts'

// The answers of npm and pip, and the files of the application that they are compared with: strangers wrote both.

const text = v.string()
const texts = v.exactOptional(v.record(text, text))
const found = v.looseObject({ current: v.exactOptional(text), wanted: text, latest: text })
type Found = v.InferOutput<typeof found>
const PROBLEM = v.looseObject({ error: v.looseObject({ summary: text }) })
// npm lists a package several times if the repository has workspaces.
const OUTDATED = v.record(text, v.union([v.array(found), found]))

/** The packages that have moved, with their names, as `npm outdated` lists them; or why npm could not tell. */
export function parseOutdated(said: string): readonly (Found & { readonly name: string })[] | string {
  const value = tryJson(said)
  if (v.is(PROBLEM, value)) return value.error.summary
  if (!v.is(OUTDATED, value)) return 'npm outdated said nothing that can be read'
  return Object.entries(value).flatMap(([name, all]) => [all].flat().map((each) => ({ ...each, name })))
}

/** The versions in an answer of `npm view`: one, or a list. */
export const parseVersions = (said: string): string[] =>
  [tryJson(said)].flat().filter((version) => typeof version === 'string')

const MANIFEST = v.looseObject({ dependencies: texts, devDependencies: texts })
/** The version or range that a package.json gives each package. Throws a Failure, which calls it `what`, for any other text. */
export function parseSpecs(manifest: string, what: string): Readonly<Record<string, string>> {
  const { dependencies, devDependencies } = parseJson(MANIFEST, manifest, { what, next: `correct ${what}` })
  return { ...devDependencies, ...dependencies }
}

const LOCK = v.looseObject({
  packages: v.exactOptional(v.record(text, v.looseObject({ version: v.exactOptional(text) }))),
})
/** The version that a package-lock.json gives each package, by name. */
export function parseNpmLock(lock: string): (name: string) => string | undefined {
  const value = tryJson(lock)
  const packages = v.is(LOCK, value) ? value.packages : undefined
  return (name) => packages?.[`node_modules/${name}`]?.version
}

const INDEX = v.looseObject({ versions: v.array(text) })
/** The versions that `pip index versions` lists; undefined where it lists none. */
export function parseIndex(said: string): readonly string[] | undefined {
  const value = tryJson(said)
  return v.is(INDEX, value) ? value.versions : undefined
}
