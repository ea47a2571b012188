import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { tryExec } from '../../cli/io/exec.ts'
import { readPlainFile } from '../../cli/io/plain-file.ts'
import { findVolume } from '../../data/io/volumes.ts'
import { COMPOSE_PROJECT, COMPOSE_SERVICE } from '../../docker/labels.ts'
import { parseProject } from '../parse-project.ts'
import type { Project, SourceTree } from '../source-tree.ts'

// The names that Compose looks for, in its order.
const COMPOSE = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml']
const OVERRIDE = COMPOSE.map((name) => name.replace('.y', '.override.y'))

/** Finds the Compose file nearest to the top of a folder, and the others below it. */
export function findComposeFiles(files: readonly string[]): string[] {
  const depth = (file: string) => file.split('/').length
  const order = (file: string) => COMPOSE.indexOf(basename(file))
  return files
    .filter((file) => COMPOSE.includes(basename(file)))
    .toSorted((a, b) => depth(a) - depth(b) || order(a) - order(b) || a.localeCompare(b))
}

/** Reads the Compose project of a folder; undefined where no Compose file lies in it or below. */
export async function readProject(dir: string, files: readonly string[]): Promise<Project | undefined> {
  const [name, ...others] = findComposeFiles(files)
  if (name === undefined) return undefined
  const file = join(dir, name)
  const text = readPlainFile(file) ?? ''
  // Compose itself reads its file: that can include others, which a parser of ours would miss.
  const compose = ['docker', 'compose', '--project-directory', dirname(file), '-f', file] as const
  const result = await tryExec([...compose, 'config'], { quiet: true, timeout: 60 })
  const base = { file, text, others: others.map((one) => join(dir, one)) }
  if (result.exitCode !== 0)
    return { ...base, name: '', services: {}, volumes: {}, problem: result.stderr.trim().split('\n').at(-1) ?? '' }
  const override = OVERRIDE.find((one) => existsSync(join(dirname(file), one)))
  const project = { ...base, ...parseProject(result.stdout, file), override }
  if (!/^\s+profiles\s*:/m.test(text)) return project
  const all = await tryExec([...compose, '--profile', '*', 'config', '--services'], { quiet: true, timeout: 60 })
  return { ...project, profiled: all.stdout.split('\n').filter((one) => one !== '' && !(one in project.services)) }
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
