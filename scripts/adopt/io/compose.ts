import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parse as parseEnv } from 'dotenv'
import * as v from 'valibot'
import { Failure } from '../../cli/failure.ts'
import { tryExec } from '../../cli/io/exec.ts'
import { readPlainFile } from '../../cli/io/plain-file.ts'
import { parseYaml } from '../../cli/yaml.ts'
import { findVolume } from '../../data/io/volumes.ts'
import { key } from '../../docker/compose-schema.ts'
import { COMPOSE_PROJECT, COMPOSE_SERVICE } from '../../docker/labels.ts'
import { parseProject } from '../parse-project.ts'
import type { Project, SourceTree } from '../source-tree.ts'
import { hasVariables } from '../variables.ts'

// The names that Compose looks for, in its order.
const COMPOSE = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml']
const OVERRIDE = COMPOSE.map((name) => name.replace('.y', '.override.y'))

// Other names that people give to it, and the folders in which a Compose file is for something else.
const OTHERS = /^(?:docker-)?compose[\w.-]*\.ya?ml$/
const ASIDE = /(^|\/)(tests?|e2e|examples?|samples?|playwright|cypress|\.\w[^/]*)\//i

// What the middle of such a name says the file is for; the first is tried first.
const PRODUCTION = /[.-]prod(uction)?[.-]/
const DEVELOPMENT = /[.-](dev|devel|development|local|tests?|ci|e2e|debug|staging|windows)[.-]/

/** Finds the Compose file nearest to the top of a folder, and the others below it. */
export function findComposeFiles(files: readonly string[]): string[] {
  const depth = (file: string) => file.split('/').length + (ASIDE.test(file) ? 10 : 0)
  const order = (file: string) => (COMPOSE.indexOf(basename(file)) + COMPOSE.length + 1) % (COMPOSE.length + 1)
  const purpose = (file: string) => (PRODUCTION.test(basename(file)) ? 0 : DEVELOPMENT.test(basename(file)) ? 2 : 1)
  const isOverride = (file: string) => OVERRIDE.includes(basename(file))
  return files
    .filter((file) => OTHERS.test(basename(file)) && !isOverride(file) && !/(^|\/)\.devcontainer\//.test(file))
    .toSorted(
      (a, b) =>
        Number(!COMPOSE.includes(basename(a))) - Number(!COMPOSE.includes(basename(b))) ||
        depth(a) - depth(b) ||
        order(a) - order(b) ||
        purpose(a) - purpose(b) ||
        a.localeCompare(b),
    )
}

/** Reads the Compose project of a folder; undefined where no Compose file lies in it or below. */
export async function readProject(dir: string, files: readonly string[]): Promise<Project | undefined> {
  const [name, ...others] = findComposeFiles(files)
  if (name === undefined) return undefined
  const file = join(dir, name)
  const override = OVERRIDE.find((one) => existsSync(join(dirname(file), one)))
  const found = await readWith(file, [])
  // A file that is not whole, or that nobody reaches, is completed by its override.
  const isWhole = found.problem === undefined && Object.values(found.services).some(({ ports }) => ports?.length)
  const whole = isWhole || !override ? undefined : await readWith(file, ['-f', join(dirname(file), override)])
  const all = { others: others.map((one) => join(dir, one)) }
  return whole && whole.problem === undefined ? { ...whole, ...all } : { ...found, ...all, override }
}

async function readWith(file: string, more: readonly string[]): Promise<Project> {
  const text = readPlainFile(file) ?? ''
  // Compose itself reads its file: that can include others, which a parser of ours would miss.
  const compose = ['docker', 'compose', '--project-directory', dirname(file), '-f', file, ...more] as const
  const run = async (...args: string[]) => await tryExec([...compose, ...args], { quiet: true, timeout: 60 })
  const result = await run('config')
  const unset = [
    ...new Set([...result.stderr.matchAll(/The \\?"(\w+)\\?" variable is not set/g)].map(([, one = '']) => one)),
  ]
  const base = { file, text, unset }
  const refused = (problem: string): Project => ({ ...base, name: '', services: {}, volumes: {}, problem })
  if (result.exitCode !== 0) return refused(result.stderr.trim().split('\n').at(-1) ?? '')
  const project = tryParse(result.stdout, file)
  if (project instanceof Failure) {
    // A variable without a value makes half a name, which Compose does not look at.
    if (unset.length > 0) return refused(project.message)
    throw project
  }
  const raw = hasVariables(text) ? (await run('config', '--no-interpolate')).stdout : ''
  const profiled = /^\s+profiles\s*:/m.test(text) ? (await run('--profile', '*', 'config', '--services')).stdout : ''
  return {
    ...{
      ...base,
      ...project,
      given: parseEnv(readPlainFile(join(dirname(file), '.env')) ?? ''),
    },
    raw: rawServices(raw, file),
    profiled: profiled.split('\n').filter((one) => one !== '' && !(one in project.services)),
  }
}

function tryParse(text: string, file: string) {
  try {
    return parseProject(text, file)
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
}

const RAW = v.looseObject({ services: v.record(key, v.looseObject({})) })
function rawServices(text: string, file: string): NonNullable<Project['raw']> {
  const value = text === '' ? undefined : parseYaml(text, file)
  return v.is(RAW, value) ? value.services : {}
}

/** The image of each existing container of a project: it is on this engine, and has the tools that wrote the data. */
export async function findRan(compose: Project | undefined): Promise<SourceTree['ran']> {
  if (!compose?.name) return {}
  const format = `{{.Label "${COMPOSE_SERVICE}"}} {{.Image}}`
  const filter = `label=${COMPOSE_PROJECT}=${compose.name}`
  const { stdout } = await tryExec(['docker', 'ps', '--all', '--filter', filter, '--format', format], { quiet: true })
  return Object.fromEntries(
    stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(' ')),
  )
}

/** The volumes of a project that exist on this engine. */
export async function findLive(compose: Project | undefined): Promise<string[]> {
  const names = Object.entries(compose?.volumes ?? {}).map(([key, spec]) => spec?.name ?? `${compose?.name}_${key}`)
  return (await Promise.all(names.map(findVolume))).flatMap((volume) => volume?.name ?? [])
}
