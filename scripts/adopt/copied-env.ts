import { posix } from 'node:path'
import { factsOf as factsOfText } from '../image/build.ts'
import { dockerfileOf, factsOf, placedFiles } from './build.ts'
import { BROWSER } from './rules/env-file.ts'
import { lostCopies } from './rules/image-findings.ts'
import { isWithin, mapValues, type Service, type SourceTree, textsOf, VARIABLES } from './source-tree.ts'

/**
 * The tree with builds that copy no file of variables which git does not keep, and this host has: `x-env` names each, and its place in
 * the image, where the service is given it.
 */
export function withoutCopiedEnv(tree: SourceTree): SourceTree {
  const { compose } = tree
  if (!compose) return tree
  return { ...tree, compose: { ...compose, services: mapValues(compose.services, (spec) => freed(tree, spec)) } }
}

function freed(tree: SourceTree, spec: Service): Service {
  const { build } = spec
  const [text, facts] = [build && dockerfileOf(tree, build), factsOf(tree, spec)]
  if (!build || text === undefined || !facts?.target) return spec
  const lost = lostCopies(tree, build.context, facts).filter((path) => VARIABLES.test(path))
  const code = Object.entries(tree.sources).filter(([file]) =>
    isWithin(posix.join(tree.root, tree.dir, file), build.context),
  )
  // What a browser gets has its values from when it was built.
  if (lost.length === 0 || code.some(([, one]) => BROWSER.test(one))) return spec
  const names = lost.map((path) => posix.basename(path))
  const files = (tree.envFiles ?? []).map((file) => posix.join(tree.dir, file))
  const here = files.filter((file) => names.includes(posix.basename(file)) && !tree.tracked.includes(file))
  const places = placedFiles({ tree, ...build, facts }, '/', here).map(([path, target]) => ({ path, target }))
  const own = withoutSources(text, names)
  const args = { lock: {}, args: textsOf(build.args), target: build.target }
  const left = lostCopies(tree, build.context, factsOfText({ dockerfile: own, ...args }))
  if (places.length === 0 || left.some((path) => VARIABLES.test(path))) return spec
  const dockerfile = build.dockerfile ?? 'Dockerfile'
  return { ...spec, build: { ...build, dockerfile, dockerfile_inline: own, 'x-env': places } }
}

// A Dockerfile whose lines copy no file of these names.
const withoutSources = (text: string, names: readonly string[]): string =>
  text.replaceAll(/^[ \t]*(?:COPY|ADD)[ \t].*\n?/gim, (line) => {
    const [word = '', ...words] = line.trim().split(/\s+/)
    const flags = words.filter((one) => one.startsWith('--'))
    const paths = words.slice(flags.length)
    const kept = paths.slice(0, -1).filter((path) => !names.includes(posix.basename(path)))
    // What goes on in the next line stays, and so does its finding.
    if (kept.length === paths.length - 1 || paths.at(-1) === '\\') return line
    return kept.length > 0 ? `${[word, ...flags, ...kept, paths.at(-1)].join(' ')}\n` : ''
  })
