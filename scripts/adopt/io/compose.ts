import { existsSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { Failure } from '../../cli/failure.ts'
import { variable } from '../../cli/io/environment.ts'
import { tryExec } from '../../cli/io/exec.ts'
import { readPlainFile } from '../../cli/io/plain-file.ts'
import { openScratch } from '../../cli/io/scratch.ts'
import { findVolume } from '../../data/io/volumes.ts'
import { fillIn, hasVariables, isOptional } from '../../docker/compose-variables.ts'
import { COMPOSE_PROJECT, COMPOSE_SERVICE, DEFINITION_LABEL, OWNER } from '../../docker/labels.ts'
import { areRivals, COMPOSE, findComposeFiles, HIDDEN, OVERRIDE, PRODUCTION } from '../compose-files.ts'
import { parseProject } from '../parse-project.ts'
import { ASIDE, mapValues, type Project, type Service, type SourceTree } from '../source-tree.ts'
import { isTool, webPort } from '../web.ts'
import {
  absentFiles,
  findTold,
  hasNeeds,
  isCalledIn,
  isComposed,
  isPartial,
  lacksStage,
  likeliest,
  profiledIn,
  servicesIn,
  servicesOf,
  withFolder,
} from './compose-text.ts'
import { envFileArgs, envFilesOf, theirVariables, withoutOwn } from './env-file.ts'

/**
 * Reads the Compose project of a folder: that of COMPOSE_FILE in its .env, as Compose would, else of the nearest file.
 * Undefined where no Compose file lies in it or below.
 */
export async function readProject(dir: string, files: readonly string[]): Promise<Project | undefined> {
  const all = findComposeFiles(files).flatMap((name) => (isComposed(join(dir, name)) ? [join(dir, name)] : []))
  const nearest = likeliest(all) ?? join(dir, '.env')
  const asked = [dir, dirname(nearest)].map(askedIn).find(({ length }) => length > 0)
  const told = findTold(dir, files, nearest)
  const said = asked ?? told?.files
  const [file, ...more] = said ?? all.filter((one) => one === nearest)
  if (file === undefined) return undefined
  const isAside = (one: string) => ASIDE.test(relative(dir, one).replace(HIDDEN, ''))
  const isNear = (one: string) => !isAside(one) || isAside(file)
  const others = all.filter((one) => one !== file && !more.includes(one) && isNear(one))
  const rivals = said ? [] : others.filter((one) => areRivals(relative(dir, file), relative(dir, one)))
  const production = others.find((one) => dirname(one) === dirname(file) && PRODUCTION.test(basename(one)))
  const beside = asked ? undefined : OVERRIDE.map((one) => join(dirname(file), one)).find((one) => existsSync(one))
  // Compose merges an override by itself; beside a file for production, it is for development.
  const merged = !said && COMPOSE.includes(basename(file)) ? beside : undefined
  const override = production === undefined ? merged : undefined
  const found = await readWith([file, ...more, ...(override ? [override] : [])])
  // A file without an application that anybody reaches is completed by the one for production beside it.
  const isPart = isPartial(file)
  const isReached = (spec: Service) => webPort(spec) !== undefined
  const isOpen = !said && production && (!reaches(found, isReached) || hasNeeds(found.services, servicesOf(production)))
  const completed = isOpen ? await complete(file, production) : found
  // What nobody can build is not for production: then all is as `docker compose up` reads it.
  const plain = merged && isOpen && !canBuild(completed) ? await readWith([file, merged]) : undefined
  const up = plain && canBuild(plain) && reaches(plain, isReached) ? plain : undefined
  // A web server or labels may lead to what is built, and has no port of this host.
  const isWhole = reaches(completed, (spec) => webPort(spec) !== undefined || spec.build !== undefined)
  // The author may have no way to run it but with one for development.
  const way = said || isOpen || reaches(found, isReached) ? undefined : findTold(dir, files, nearest, true)
  const joined = way && (await readWith(way.files))
  const local = joined && reaches(joined, isReached) ? joined : undefined
  const read = local ?? up ?? (isPart || isWhole ? completed : found)
  const { problem } = read === completed ? {} : completed
  const unread = production && problem ? { file: production, problem } : undefined
  const used = [read.file, ...(read.joined ?? [])]
  const left = [file, ...others, ...(beside ? [beside] : [])].filter((one) => !used.includes(one))
  const known = { ...read.profiled, ...read.services }
  const isTold = (one: string) => told?.files.includes(read.file) && told.files.includes(one) && left.includes(one)
  const alone = (one: string) =>
    Object.entries(servicesOf(one)).flatMap(([name, spec]) => {
      // What only adds to a service of another file has none.
      const isPart = !['image', 'build', 'extends'].some((key) => key in spec)
      const isOf = (other: string) => other !== one && name in servicesOf(other)
      return name in known || (isPart && left.some(isOf)) ? [] : name
    })
  return {
    ...{ ...read, rivals, told: asked ? undefined : local ? way?.where : told?.where, others: left, unread },
    override: up ? merged : override,
    only: Object.fromEntries((read.problem ? [] : left).map((one) => [one, alone(one)])),
    partial: [read.file, ...left].filter((one) => isPartial(one) || isTold(one)),
  }
}

const canBuild = ({ services }: Project) => !Object.values(services).some(lacksStage)
const reaches = ({ problem, services }: Project, isReached: (spec: Service) => boolean) =>
  problem === undefined && Object.entries(services).some(([name, spec]) => !isTool(name, spec) && isReached(spec))

/**
 * Reads a file for production: alone where it has all that it names, for what another file calls the same may be for development;
 * else on top of that one.
 */
async function complete(file: string, production: string): Promise<Project> {
  const [base, own] = [servicesOf(file), servicesOf(production)]
  const isShared = Object.keys(own).some((name) => name in base)
  const alone = await readWith([production])
  // Compose refuses parts of services alone, and names that nothing there has.
  const isPart = [file, production].some(isPartial) || /undefined/.test(alone.problem ?? '')
  const isNeeded = ([name, spec]: [string, Readonly<Record<string, unknown>>]) =>
    name in own ? 'build' in spec && !('build' in (own[name] ?? {})) : isCalledIn(Object.values(own), name)
  const isOnTop = isShared && (isPart || Object.entries(base).some(isNeeded))
  return isOnTop ? await readWith([file, production]) : alone
}

// The files of COMPOSE_FILE, as Compose reads it from the .env of a folder.
function askedIn(folder: string): string[] {
  const { COMPOSE_FILE = '', COMPOSE_PATH_SEPARATOR = ':' } = theirVariables(join(folder, '.env'))
  return COMPOSE_FILE.split(COMPOSE_PATH_SEPARATOR).flatMap((name) => (name ? join(folder, name) : []))
}

async function readWith([file = '', ...joined]: readonly string[]): Promise<Project> {
  const [folder, text] = [dirname(file), readPlainFile(file) ?? '']
  // Compose itself reads its file: that can include others, which a parser of ours would miss.
  const more = joined.flatMap((one) => ['-f', one])
  using scratch = openScratch('adopt')
  const env = envFileArgs(folder, scratch.path)
  const compose = ['docker', 'compose', ...env, '--project-directory', folder, '-f', file, ...more] as const
  // A path of the file may be in the home of the caller, and not of this container.
  const home = variable('DARTAGNAN_HOME')
  const options = { quiet: true, timeout: 60, env: home ? { HOME: home } : {} }
  const run = async (...args: string[]) => await tryExec([...compose, ...args], options)
  const result = await run('config')
  const unset = [...result.stderr.matchAll(/The \\?"(\w+)\\?" variable is not set/g)].map(([, one = '']) => one)
  const written = [file, ...joined].map((one) => readPlainFile(one) ?? '').join('\n')
  const open = [...new Set(unset)].filter((name) => !isOptional(written, name)).toSorted()
  const given = theirVariables(join(folder, '.env'))
  const base = { file, text, joined, absent: absentFiles(file), unset: open, written, given }
  const refused = (problem: string): Project => ({ ...base, name: '', services: {}, volumes: {}, problem })
  if (result.exitCode !== 0) return refused(result.stderr.trim().split('\n').at(-1) ?? '')
  const project = tryParse(result.stdout, file)
  if (project instanceof Failure) {
    // A variable without a value makes half a name, which Compose does not look at.
    if (unset.length > 0) return refused(project.message)
    throw project
  }
  const raw = servicesIn(withFolder((await run('config', '--no-interpolate')).stdout, process.cwd()))
  const every = /\bprofiles\s*:/.test(base.written) && tryParse((await run('--profile', '*', 'config')).stdout, file)
  // What a service with a profile lacks may keep Compose from reading all at once.
  const all = every instanceof Failure ? [file, ...joined].map(servicesOf) : every ? [every.services] : []
  const services = mapValues(project.services, (spec, name) => withoutOwn(spec, raw[name]))
  // Without interpolation, Compose leaves a name with a variable as it stands.
  const filled = (path: string) => (hasVariables(path) ? String(fillIn(path, base.given)) : path)
  const named = ['.env', ...Object.values(raw).flatMap(envFilesOf).map(filled).filter(Boolean)]
  const envFiles = [...new Set(named.map((path) => (isAbsolute(path) ? path : join(folder, path))))]
  return { ...base, ...project, services, raw, envFiles, profiled: profiledIn(all, services) }
}

function tryParse(text: string, file: string) {
  try {
    return parseProject(text, file, resolve(dirname(file)))
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
}

/**
 * The image of each container of a project, but those of a release: it is on this engine, and has the tools that wrote the data.
 * A container has the labels of its image too, so that only what no image has tells a release.
 */
export async function findRan(compose: Project | undefined): Promise<SourceTree['ran']> {
  if (!compose?.name) return {}
  const format = `{{.Label "${COMPOSE_SERVICE}"}} {{.Image}} {{.Label "${DEFINITION_LABEL}"}}`
  const filter = `label=${COMPOSE_PROJECT}=${compose.name}`
  const { stdout } = await tryExec(['docker', 'ps', '--all', '--filter', filter, '--format', format], { quiet: true })
  const found = stdout.split('\n').map((line) => line.split(' '))
  return Object.fromEntries(found.filter(([service, , released]) => service && !released))
}

/** The volumes of a project that exist on this engine; those of a release are no data to take over. */
export async function findLive(compose: Project | undefined): Promise<string[]> {
  const names = Object.entries(compose?.volumes ?? {}).map(([key, spec]) => spec?.name ?? `${compose?.name}_${key}`)
  return (await Promise.all(names.map(findVolume))).flatMap((volume) =>
    !volume || OWNER in volume.labels ? [] : volume.name,
  )
}

/** The external networks of a project, by their own names, that no container of another one is on. */
export async function findAlone(compose: Project | undefined): Promise<string[]> {
  const names = Object.values(compose?.networks ?? {}).flatMap((spec) => (spec?.external && spec.name ? spec.name : []))
  const format = `{{.ID}} {{.Label "${COMPOSE_PROJECT}"}}`
  const found = names.map(async (name) => {
    const ps = ['docker', 'ps', '--all', '--filter', `network=${name}`, '--format', format] as const
    const { stdout } = await tryExec(ps, { quiet: true })
    const lines = stdout.split('\n').filter(Boolean)
    return lines.every((line) => line.split(' ')[1] === compose?.name) ? name : []
  })
  return (await Promise.all(found)).flat()
}
