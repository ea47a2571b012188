import { posix } from 'node:path'
import { ORIGIN_SIGN } from '../../image/proposed.ts'
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
  quote,
  type ServiceRule,
} from '../draft.ts'
import { findAll, type Sources, scriptsIn, uncommented } from '../guess.ts'
import { placedIn } from '../in-image.ts'
import { fatesOf, placesBelow } from '../mounts.ts'
import { SECRETS_SIGN } from '../names.ts'
import { append } from '../remedy.ts'
import { isWithin, mapValues, type SourceTree } from '../source-tree.ts'
import { takesDotenv } from '../variables.ts'
import { needIn, programIn, wordOf } from './env-need.ts'
import { nextOf } from './env-next.ts'

/**
 * Gives a service, as a secret, each file of variables outside of git that its code cannot do without, where its old container had it. Git
 * keeps no such file, so no image has it; and Compose hands on its values alone, if at all.
 */
export const envFileRule: ServiceRule = (old) => {
  const { tree, project } = old
  const all = codeOf(old, old.service)
  const parts = envFilesOf(old).map((path) => {
    const target = placeOf(old, path)
    const where = needIn(tree, all, path) ?? symfonyOf(old, all, path) ?? nextOf(old, all, path)
    if (!target || isMade(old, all, posix.basename(path))) return undefined
    if (!where) return unreadPart(old, programIn(all), path)
    const name = `${path.replace(/^\W+/, '').replaceAll(/\W+/g, '-')}-file`
    const file = posix.join(tree.dir, 'secrets', name)
    const spec = { file: pathFromFile(tree, posix.join(tree.root, file)) }
    const lines = { secrets: [{ source: name, target }] }
    const { note, missing } = about(old)
    const claims = [posix.relative(posix.dirname(project.file), path)]
    const at = { where: posix.join(tree.dir, where), confidence: 'likely', claims } as const
    // Its worker may answer as another user than root.
    const [folder, from, to] = [posix.dirname(file), path, file].map(quote)
    // Some readers of such a file take the comments that init writes into .env for keys.
    const without = `sed '/^${ORIGIN_SIGN} /d; /^${SECRETS_SIGN}/d' ${from} >${to} && chmod 444 ${to}`
    const isOurs = posix.basename(path) === '.env'
    const copy = `install -d -m 700 ${folder} && ${isOurs ? without : `install -m 444 ${from} ${to}`}`
    const finding = tree.files.some((one) => posix.join(tree.dir, one) === file)
      ? note(`${target} is the secret ${name}, from ${file}`, `once ${path} changes, copy it again: ${copy}`, at)
      : missing(
          `its code needs the file ${path}, and no image has it: the proposed file gives it as a secret at ${target}`,
          `create that secret: ${copy} && ${append(`/${file}`, '.gitignore')}   (or let the code do without the file, take its values from the environment, and take the secret ${name} out of the proposed file)`,
          at,
        )
    return { lines, tops: { secrets: { [name]: spec } }, copied: [path], findings: [finding] }
  })
  return joinParts(parts)
}

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
const BROWSER =
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

// Where a container had the file: what is left out now, or a build of the whole folder, brought it there.
function placeOf(old: Old, path: string): string | undefined {
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
