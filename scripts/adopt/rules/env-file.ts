import { posix } from 'node:path'
import { codeOf } from '../app-code.ts'
import { dockerfileOf, stageOf } from '../build.ts'
import {
  about,
  commandOf,
  environmentOf,
  joinParts,
  type Old,
  type Part,
  pathFromFile,
  type ServiceRule,
} from '../draft.ts'
import { findAll, type Sources, scriptsIn, uncommented } from '../guess.ts'
import { placedIn } from '../in-image.ts'
import { fatesOf, type Mounting, placesBelow } from '../mounts.ts'
import { isWithin, mapValues, type SourceTree } from '../source-tree.ts'
import { takesDotenv } from '../variables.ts'
import { needIn, ownReaderIn, programIn, wordOf } from './env-need.ts'
import { nextOf } from './env-next.ts'
import { shownDockerfile } from './image-findings.ts'

/**
 * Gives a service, as a secret, each file of variables outside of git that its code cannot do without, where its old container had it. Git
 * keeps no such file, so no image has it; and Compose hands on its values alone, if at all.
 */
export const envFileRule: ServiceRule = (old) => {
  const { tree } = old
  const all = codeOf(old, old.service)
  const parts = envFilesOf(old).map((path) => {
    const copied = old.spec.build?.['x-env']?.find((one) => one.path === path)
    const target = placeOf(old, path) ?? copied?.target
    const where = needIn(tree, all, path) ?? symfonyOf(old, all, path) ?? nextOf(old, all, path) ?? ownOf(all, path)
    if (!target || isMade(old, all, posix.basename(path))) return undefined
    if (where) return secretPart(old, { path, target, where: posix.join(tree.dir, where) })
    return copied
      ? secretPart(old, { path, target, where: shownDockerfile(old), by: 'its Dockerfile copies' })
      : unreadPart(old, programIn(all), path)
  })
  return joinParts(parts)
}

/** Gives a service a file outside of git as a secret, at its place in the container: `where` is the line of code that needs it. */
export function secretPart(old: Old, { path, target, where, by = 'its code needs' }: Handed): Part {
  const { tree, project } = old
  const name = `${path.replace(/^\W+/, '').replaceAll(/\W+/g, '-')}-file`
  const to = posix.join(tree.dir, 'secrets', name)
  const claims = [posix.relative(posix.dirname(project.file), path)]
  const found = `${by} ${path}, which git does not keep, and no image has: it gets a copy, the secret ${name}, at ${target}`
  const mend = `nothing to do; once ${path} changes, run this again; another host needs ${path}, too`
  return {
    lines: { secrets: [{ source: name, target }] },
    tops: { secrets: { [name]: { file: pathFromFile(tree, posix.join(tree.root, to)) } } },
    copied: [path],
    secretCopies: [{ from: path, to }],
    findings: [about(old).note(found, mend, { where, confidence: 'likely', claims })],
  }
}

type Handed = { readonly path: string; readonly target: string; readonly where: string; readonly by?: string }

const ownOf = (code: Sources, path: string) => (posix.basename(path) === '.env' ? ownReaderIn(code) : undefined)

// What Symfony reads beside .env, in the surroundings that APP_ENV names: it has what differs on this host, such as the address of its database.
function symfonyOf({ tree, project, ...old }: Old, code: Sources, path: string): string | undefined {
  const [folder, name] = [posix.dirname(posix.relative(tree.dir, path)), posix.basename(path)]
  const list = posix.join(folder, 'composer.json')
  const values = tree.envValues?.[posix.join(folder, '.env')]
  const surroundings = Object.fromEntries(environmentOf(old))['APP_ENV'] ?? values?.['APP_ENV'] ?? 'dev'
  const isRead = ['.env.local', `.env.${surroundings}.local`].includes(name)
  // Of an env_file, the environment has the values.
  const isGiven = project.envFiles?.some((file) => posix.resolve(tree.root, file) === posix.join(tree.root, path))
  return isRead && !isGiven && /"symfony\/(dotenv|runtime)"/.test(code[list] ?? '') ? list : undefined
}

// What a browser gets has its values from when it was built.
function unreadPart(old: Old, code: Sources, path: string): Part | undefined {
  const [found] = findAll(code, [BROWSER])
  const { tree, spec } = old
  const made = [spec.build ? (dockerfileOf(tree, spec.build) ?? 'node') : spec.image, ...commandOf(old)].join('\n')
  if (!/^\.env(\.production)?(\.local)?$/.test(posix.basename(path)) || !found || !NODE.test(made)) return undefined
  const lacks = `what builds its pages may read ${path}, and git does not keep it: they lack its values`
  const mend =
    'commit them in a file without secrets (such as .env.production), or let build: args: give them, and run this again'
  const at = { where: posix.join(old.tree.dir, found.where), confidence: 'guess' } as const
  return { findings: [about(old).note(lacks, mend, at)] }
}

// Vite itself says what these are.
export const BROWSER =
  /\b(import\.meta\.env(?!\.(?:DEV|PROD|MODE|SSR|BASE_URL)\b)|process\.env\.(?:REACT_APP|NEXT_PUBLIC|VUE_APP)_)/
// Nothing else builds pages that do.
const NODE = /\b(node|npm|npx|pnpm|yarn|bunx?|deno|vite|corepack)\b/i

/**
 * The tree whose services have in their environment what a library of their code takes from a .env that git does not keep, if it is
 * there: their containers had that file, by a build or a mount of its folder, and no image of a release has it.
 */
export function withDotenv(tree: SourceTree): SourceTree {
  const { compose, envValues = {} } = tree
  const all = Object.keys(envValues).map((file) => ({ file, path: posix.join(tree.dir, file) }))
  const outside = all.filter(({ path }) => !tree.tracked.includes(path))
  // Then no code need be read.
  if (!compose || outside.length === 0) return tree
  const used = new Set<string>()
  const services = mapValues(compose.services, (spec, service) => {
    const [code, stage] = [codeOf({ tree, project: compose }, service), stageOf(tree, spec)]
    const isNeeded = outside.some(({ path }) => needIn(tree, code, path))
    if (isNeeded || !Object.entries(code).some(([file, text]) => takesDotenv(file, text))) return spec
    const workdir = spec.working_dir ?? stage?.workdir ?? '/'
    const found = outside.flatMap(({ file, path }) => {
      const place = placeIn({ tree, spec }, path)
      return place && !isMade({ tree, spec, stage }, code, '.env') ? [{ file, path, folder: posix.dirname(place) }] : []
    })
    const one = found.find(({ folder }) => folder === workdir) ?? found[0]
    if (one === undefined) return spec
    used.add(posix.join(tree.root, one.path))
    // Compose writes a literal $ as $$ when it resolves a file. Such a library leaves alone what is set.
    const values = mapValues(envValues[one.file] ?? {}, (value) => value.replaceAll('$', '$$$$'))
    const own = Object.entries(values).filter(([name]) => !name.startsWith('COMPOSE_'))
    return { ...spec, environment: { ...Object.fromEntries(own), ...spec.environment } }
  })
  return { ...tree, compose: { ...compose, services, envFiles: [...new Set([...(compose.envFiles ?? []), ...used])] } }
}

/** Files of variables that git does not keep, by their paths in the checkout. */
export const envFilesOf = ({ tree }: Old): string[] =>
  [...(tree.envFiles ?? []), ...tree.files.filter((file) => file.endsWith('.env'))]
    .map((file) => posix.join(tree.dir, file))
    .filter((file) => !tree.tracked.includes(file))

// The place of a file in the container of a service, where a mount or a build of its folder brought it there.
function placeIn({ tree, spec }: Pick<Old, 'tree' | 'spec'>, path: string): string | undefined {
  const from = posix.join(tree.root, path)
  const mount = (spec.volumes ?? []).find(({ type, source = '' }) => type === 'bind' && isWithin(from, source))
  return mount
    ? placesBelow({ tree }, mount)(path)
    : placedIn({ tree: { ...tree, tracked: [path] }, spec }, '/')[0]?.[1]
}

/** Where a container had a file: what is left out now, or a build of the whole folder, brought it there. */
export function placeOf(old: Mounting, path: string): string | undefined {
  const from = posix.join(old.tree.root, path)
  const brought = fatesOf(old).filter(({ type, source = '' }) => type === 'bind' && isWithin(from, source))
  if (brought.some(({ fate }) => fate !== 'source' && fate !== 'baked')) return undefined
  return placeIn(old, path)
}

/** Whether its build, or a script at its start, makes such a file, mostly of an example. */
export function isMade(
  { tree, spec, stage }: Pick<Old, 'tree' | 'spec' | 'stage'>,
  code: Sources,
  name: string,
): boolean {
  const text = uncommented((spec.build && dockerfileOf(tree, spec.build)) ?? '')
  const starts = [text, ...commandOf({ spec, stage })].join('\n')
  const word = wordOf(name)
  const makes = new RegExp(
    String.raw`(?:>\s*|\b(?:cp|mv|COPY|ADD)\s+(?:-\S+\s+)*(?!${word}\s)\S+\s+|\b(?:tee|touch)\s+(?:-\S+\s+)*)["']?(?:\S*/)?${word}`,
  )
  return [starts, ...Object.values(scriptsIn(code, starts))].some((text) => makes.test(text))
}
