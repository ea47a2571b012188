import { posix } from 'node:path'
import { codeOf } from '../app-code.ts'
import { dockerfileOf } from '../build.ts'
import { commandOf, joinParts, type Old, type ServiceRule } from '../draft.ts'
import { isTest } from '../guess.ts'
import { ASIDE, CODE } from '../source-tree.ts'
import { writtenBy } from './beside.ts'
import { placeOf, secretPart } from './env-file.ts'
import { BUILDS, importedBy } from './own-imports.ts'

/** Gives a service, as a secret, each file that its code takes, that is here, and that git ignores: no image of a release has it. */
export const keptOutRule: ServiceRule = (old) => joinParts(keptOutOf(old).map((one) => secretPart(old, one)))

/** Such files of a service, by their paths in the checkout, with their places in its container, and the code that takes them. */
export function keptOutOf(old: Old): { path: string; target: string; where: string }[] {
  const { tree, service, spec } = old
  const tracked = new Set(tree.tracked)
  const shown = (file: string) => posix.join(tree.dir, file)
  const out = old.server ? [] : tree.files.filter((file) => TAKEN.test(file) && !tracked.has(shown(file)))
  const made = [(spec.build && dockerfileOf(tree, spec.build)) ?? '', ...commandOf(old)].join('\n')
  const free = out.filter((file) => !GENERATED.test(file) && !made.includes(posix.basename(file)))
  if (free.length === 0) return []
  const written = new Set(writtenBy(old).files.map(({ value }) => value))
  const keptFiles = tree.tracked.map((file) => `/${file}`)
  // A file that git keeps, and that ends alike, may be the one that is meant.
  const isThe = (file: string, name: string) =>
    `/${file}`.endsWith(`/${name}`) && !keptFiles.some((kept) => kept.endsWith(`/${name}`))
  const programs = Object.entries(codeOf(old, service)).filter(
    ([file]) => CODE.test(file) && tracked.has(shown(file)) && !isTest(file) && !ASIDE.test(file),
  )
  const named = programs.flatMap(([file, text]) => {
    // What a build reads has to be there before any container.
    const imported = BUILDS.test(made)
      ? []
      : importedBy(file, text).map((places) => places.find((one) => free.includes(one)))
    const names = NAMES.flatMap(([language, pattern, toFile]) =>
      language.test(file) ? Array.from(text.matchAll(pattern), (match) => toFile(match)) : [],
    )
    const others = names.flatMap((name) => free.filter((one) => isThe(one, name)))
    return [...imported, ...others].flatMap((path) => (path ? [{ path, by: file }] : []))
  })
  const first = new Map(named.map(({ path, by }) => [path, by] as const).toReversed())
  return [...first].flatMap(([path, by]) => {
    const target = placeOf(old, shown(path))
    return target && !written.has(target) ? [{ path: shown(path), target, where: shown(by) }] : []
  })
}
const TAKEN = /\.([cm]?js|json|php|inc|py|ya?ml|ini|conf|cfg|toml|xml|properties|pem|key|crt|p12)$/
const GENERATED = /(^|\/)(_*gen(erated)?_*|migrations|secrets)\/|_pb2?\.|(^|\/)_?version\.|(^|\/)package(-lock)?\.json$/

// How code names a file: what PHP includes, what Python imports, and what any program reads of its configuration.
type Naming = readonly [language: RegExp, pattern: RegExp, toFile: (match: RegExpExecArray) => string]
const plain = (path: string) => path.replace(/^(\.{0,2}\/)+/, '')
const moduleFile = (path: string) => `${path.replaceAll('.', '/')}.py`
const NAMES: readonly Naming[] = [
  [
    /\.(php|inc)$/,
    /\b(?:require|include)(?:_once)?\b[^;\n]*?["']([^"'\n$]+\.(?:php|inc))["']/g,
    ([, name = '']) => plain(name),
  ],
  [
    /\.py$/,
    /^\s*(?:from\s+\.*([\w.]+)\s+import|import\s+([\w.]+))/gm,
    ([, one, other = '']) => moduleFile(one ?? other),
  ],
  [/\.py$/, /^\s*from\s+\.+\s+import\s+(\w+)/gm, ([, name = '']) => moduleFile(name)],
  [/\.py$/, /\.read\(\s*\[?\s*["']([\w./-]+\.(?:conf|cfg|ini))["']/g, ([, name = '']) => plain(name)],
  [
    /./,
    /["'`]([^"'`\s:]*(?:config|settings?|secrets?|credentials?|service[-_]?account|firebase|private|public|client|key|cert)[\w.-]*\.(?:json|ya?ml|ini|toml|xml|properties|pem|key|crt|p12))["'`]/gi,
    ([, name = '']) => plain(name),
  ],
]
