import { posix } from 'node:path'
import { placesBy, placesOf } from '../image/copied-places.ts'
import { factsOf } from './build.ts'
import { commandOf, type Old } from './draft.ts'
import { FOLDERS } from './nginx.ts'
import type { ConfigFile } from './nginx-lines.ts'
import { insideOf, isWithin, type Project, type Service, type SourceTree } from './source-tree.ts'

type Configs = Pick<Project, 'file' | 'configs'>
/** The files of the repository that a service finds in its container: mounted ones, configs, and what its image copies or writes. */
export function configFilesOf(tree: SourceTree, project: Configs, spec: Service): ConfigFile[] {
  const mounted = (spec.volumes ?? []).flatMap(({ type, source = '', target }) =>
    type === 'bind' ? placed(tree, source, target) : [],
  )
  const configs = (spec.configs ?? []).flatMap(({ source, target = `/${source}` }) => {
    const { file, content } = project.configs?.[source] ?? {}
    return file ? placed(tree, file, target) : content ? [{ path: target, from: project.file, text: content }] : []
  })
  const facts = factsOf(tree, spec)
  const context = insideOf(tree, spec.build?.context ?? '')
  const copied = Object.entries(tree.sources).flatMap(([from, text]) => {
    const inside = posix.relative(context, from)
    if (!facts?.target || inside.startsWith('..')) return []
    return placesOf(facts, facts.target, inside, true).map((path) => ({ path, from, text }))
  })
  const from = posix.join(context, spec.build?.dockerfile ?? 'Dockerfile')
  const written = (facts?.target?.runs ?? []).flatMap((run) =>
    [...run.matchAll(WRITES)].map(([, , text = '', path = '']) => ({ path, from, text: unescaped(text) })),
  )
  return [...copied, ...written, ...configs, ...mounted].map((file) => ({ ...file, path: withoutTemplate(file.path) }))
}

// A line of a Dockerfile that writes a configuration itself.
const WRITES = /\b(?:echo|printf)\s+(?:-\w+\s+)*(["'])((?:(?!\1)[\s\S])*)\1\s*>(?!>)\s*(\/[\w./-]+\.conf)\b/g
const unescaped = (text: string) => text.replaceAll('\\n', '\n').replaceAll('\\$', '$')

/** Those of them that the command of a service names. */
export function scriptsRun({
  tree,
  project,
  spec,
  stage,
}: Pick<Old, 'tree' | 'project' | 'spec' | 'stage'>): ConfigFile[] {
  const folders = [spec.working_dir ?? stage?.workdir ?? '/', '/usr/bin', '/usr/local/bin']
  const words = commandOf({ spec, stage }).flatMap((one) => one.split(/\s+/))
  const places = new Set(words.flatMap((word) => folders.map((folder) => posix.resolve(folder, word))))
  return configFilesOf(tree, project, spec).filter(({ path }) => places.has(path))
}

// A file of the host, or all below a folder, as they lie below `target`.
function placed(tree: SourceTree, source: string, to: string): ConfigFile[] {
  const inside = insideOf(tree, source)
  return Object.entries(inside.startsWith('..') ? {} : tree.sources).flatMap(([from, text]) =>
    placesBy({ sources: [inside], to }, from, true).map((path) => ({ path, from, text })),
  )
}

// The official image of nginx fills in these when it starts.
const withoutTemplate = (path: string) =>
  path.replace(/^\/etc\/nginx\/templates\/(.+)\.template$/, '/etc/nginx/conf.d/$1')

/** The first line of each of these files that matches, as `file:line`. */
export const linesWith = (files: readonly ConfigFile[], pattern: RegExp): string[] =>
  files.flatMap(({ from, text }) => {
    const at = text.split('\n').findIndex((line) => pattern.test(line))
    return at < 0 ? [] : `${from}:${at + 1}`
  })

/** The ports of nginx, where the repository has all of its configuration, and names them. */
export function heardBy({ tree, project, spec }: Pick<Old, 'tree' | 'project' | 'spec'>): number[] {
  const files = configFilesOf(tree, project, spec).filter(({ path }) => FOLDERS.test(path))
  const isWhole = files.some(({ path }) => /\/(nginx|conf\.d\/default)\.conf$/.test(path))
  const said = files.flatMap(({ text }) => [...text.matchAll(/^[^#\n]*\blisten\s+(?:\S*:)?([\w$]+)/gm)])
  const ports = said.map(([, port]) => Number(port))
  return isWhole && !ports.some(Number.isNaN) ? ports : []
}

/** Whether the configuration of a web server has its certificates at a place, and nothing there makes or renews them. */
export function readsKeys(
  { tree, project, spec, stage }: Pick<Old, 'tree' | 'project' | 'spec' | 'stage'>,
  target: string,
): boolean {
  const texts = configFilesOf(tree, project, spec).map(({ text }) => text.replaceAll(/^\s*#(?!!).*/gm, ''))
  const isMade = MAKES_KEYS.test(JSON.stringify([spec, stage, texts]))
  const places = texts.flatMap((text) => [...text.matchAll(KEYS)].map(([, path = '']) => path))
  return !isMade && places.some((path) => isWithin(path, target))
}
const KEYS = /\b(?:ssl_certificate(?:_key)?|SSLCertificate(?:Key)?File)\s+["']?(\/[\w./-]+)/g
const MAKES_KEYS = /(?<!\/)\bcertbot\b|acme\.sh|openssl\s+(req|x509|genrsa)|mkcert/i
