import { posix } from 'node:path'
import { filesIn, inFolder } from '../app-code.ts'
import { dockerfileOf, stageOf } from '../build.ts'
import { about, commandOf, type ServiceRule } from '../draft.ts'
import { fileOf, findAll, type Sources, scriptsIn, uncommented } from '../guess.ts'
import { contextOf, seenBy } from '../in-image.ts'
import { type Fated, fatesOf, type Mounting } from '../mounts.ts'
import { nodeLines } from '../node-packages.ts'
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
  const at = { where: posix.join(top, where), confidence: 'likely' } as const
  const made = `its pages need ${list}, which npm run ${run} makes, and git does not keep: the proposed Dockerfile makes it`
  const values =
    'nothing to do; what it has from .env (VITE_…), give it by a file that git keeps, such as .env.production'
  if (fatesOf(old).some((mount) => assetsOf(old, mount, { from: '', to: '' })))
    return { findings: [about(old).note(made, values, at)] }
  const found = `its pages need ${list}, which npm run ${run} makes, git does not keep, and no image builds: each that asks for it fails`
  const mend = `let its Dockerfile copy the code, and take ${list.replace('/mix-manifest.json', '')} from a stage before (FROM node:24 AS assets, with COPY . . and RUN npm ci && npm run ${run}; then COPY --from=assets); then run this again`
  return { findings: [about(old).missing(found, mend, at)] }
}

/**
 * The stage of a Dockerfile that makes such a list of what is mounted at a place, and the line that takes it from there; undefined where
 * nothing needs one, or its build needs more than that folder.
 */
export function assetsOf(old: Mounting, one: Fated, { from, to }: { from: string; to: string }) {
  const { tree } = old
  const folder = posix.relative(tree.root, one.source ?? '')
  const sources = inFolder(tree.sources, posix.relative(tree.dir, folder))
  const [asked] = one.fate === 'baked' && tree.binds[one.source ?? ''] === 'folder' ? listsIn(sources) : []
  const files = filesIn(seenBy(old), folder)
  const top = posix.dirname(asked?.list ?? '').replace(/(^|\/)public$/, '') || '.'
  const has = (name: string) => files.includes(posix.join(top, name))
  const isKept = asked && files.some((file) => isWithin(file, asked.list))
  if (!asked || isKept || top !== '.' || !has('package.json') || isMade(old)) return undefined
  // What Composer installs is not there.
  if (Object.values(sources).some((text) => OF_VENDOR.test(text))) return undefined
  const made = asked.list.endsWith('.json') ? 'public' : asked.list
  const lines = nodeLines(sources['package.json'] ?? '', files, true, { from: from || '.', to: '/app' })
  return {
    stage: [`FROM ${NODE} AS ${STAGE}`, ...lines, `RUN cd /app && npm run ${asked.run}`, ''],
    lines: [`COPY --from=${STAGE} /app/${made}/ ${to}/${made}/`],
  }
}
const NODE = 'node:24'
const STAGE = 'page-assets'
const OF_VENDOR = /(?:\bfrom|\bimport|\brequire\(|@import|@plugin)\s*["'][^"'\n]*\bvendor\//

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
function isMade(old: Mounting): boolean {
  const { tree, project } = old
  const files = Object.values(project.services).flatMap(({ build }) => (build && dockerfileOf(tree, build)) ?? [])
  const said = uncommented([...files, ...commandOf(old)].join('\n'))
  return [said, ...Object.values(scriptsIn(tree.sources, said))].some((text) => MAKES.test(text))
}
const MAKES =
  /\b(npm|pnpm|yarn|bun)\b[^;&|\n]*\b(build|prod(uction)?)\b|\bencore\s+prod|\bvite\s+build\b|^\s*(COPY|ADD)\s+--from=.*\bpublic\b/im
