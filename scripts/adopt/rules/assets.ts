import { posix } from 'node:path'
import { dockerfileOf, stageOf } from '../build.ts'
import { about, commandOf, type Old, type ServiceRule } from '../draft.ts'
import { fileOf, findAll, type Sources, scriptsIn, uncommented } from '../guess.ts'
import { contextOf } from '../in-image.ts'
import { insideOf, isWithin } from '../source-tree.ts'
import { isProgram, programOf, sharing } from './beside.ts'
import { isForPages } from './writer.ts'

// Pages of PHP take styles and scripts from a list that a build by Node makes. Without it, each such page fails.

/** Names such a list that git does not keep and no image makes: the author's host had it, below the mounted code. */
export const assetsRule: ServiceRule = (old) => {
  const { tree, project, service, server } = old
  const isPhp = (name: string) => {
    const spec = project.services[name] ?? {}
    const stage = stageOf(tree, spec)
    return /php/i.test(stage?.image ?? spec.image ?? '') || isForPages({ spec, stage })
  }
  if (server || !isProgram(old) || sharing(old).find(isPhp) !== service) return undefined
  const { sources } = programOf(old)
  const top = insideOf(tree, contextOf(old))
  const isKept = (path: string) => tree.tracked.some((file) => isWithin(file, posix.join(tree.dir, top, path)))
  const isMounted = (path: string) => old.spec.volumes?.some(({ target }) => target.endsWith(`/${path}`))
  const [one] = listsIn(sources).filter(({ list }) => !isKept(list) && !isMounted(list))
  if (one === undefined || isMade(old)) return undefined
  const { list, where, run } = one
  const found = `its pages need ${list}, which npm run ${run} makes, git does not keep, and no image builds: each that asks for it fails`
  const mend = `let its Dockerfile copy the code, and take ${list.replace('/mix-manifest.json', '')} from a stage before (FROM node:24 AS assets, with COPY . . and RUN npm ci && npm run ${run}; then COPY --from=assets); then run this again`
  return { findings: [about(old).missing(found, mend, { where: posix.join(top, where), confidence: 'likely' })] }
}

// The lists that pages ask for, by the folder that has both kinds of packages.
function listsIn(sources: Sources): { list: string; where: string; run: string }[] {
  const pages = findAll(sources, [/(@vite\()/, /(\bmix\(\s*["'])/]).filter(
    // Laravel's first page looks whether it is there.
    (one) => fileOf(one).endsWith('.blade.php') && !/manifest\.json/.test(sources[fileOf(one)] ?? ''),
  )
  return Object.entries(sources).flatMap(([file, text]) => {
    const folder = posix.dirname(file)
    const packages = sources[posix.join(folder, 'package.json')] ?? ''
    const [, run] = /"(build|prod|production)"\s*:\s*"[^"]*\b(?:encore|vite|mix|webpack)\b/.exec(packages) ?? []
    if (posix.basename(file) !== 'composer.json' || run === undefined) return []
    const config = posix.join(folder, 'webpack.config.js')
    const asked = pages.find((one) => isWithin(posix.resolve('/', fileOf(one)), posix.resolve('/', folder)))
    // A template of Twig is not read here.
    const isEncore = text.includes('symfony/webpack-encore-bundle') && /\bEncore\b/.test(sources[config] ?? '')
    const where = isEncore ? config : asked?.where
    const list = asked?.value.startsWith('mix') ? 'public/mix-manifest.json' : 'public/build'
    return where === undefined ? [] : [{ list: posix.join(folder, list), where, run }]
  })
}

// Whether an image of the project, or the start of the service, makes it, itself or by a script.
function isMade(old: Old): boolean {
  const { tree, project } = old
  const files = Object.values(project.services).flatMap(({ build }) => (build && dockerfileOf(tree, build)) ?? [])
  const said = uncommented([...files, ...commandOf(old)].join('\n'))
  return [said, ...Object.values(scriptsIn(tree.sources, said))].some((text) => MAKES.test(text))
}
const MAKES =
  /\b(npm|pnpm|yarn|bun)\b[^;&|\n]*\b(build|prod(uction)?)\b|\bencore\s+prod|\bvite\s+build\b|^\s*(COPY|ADD)\s+--from=.*\bpublic\b/im
