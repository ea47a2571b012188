import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parse as parseEnv } from 'dotenv'
import { Failure } from '../../cli/failure.ts'
import { tryExec } from '../../cli/io/exec.ts'
import { isAtHome } from '../../cli/io/places.ts'
import { isPlainFile, readPlainFile } from '../../cli/io/plain-file.ts'
import { isOpen } from '../../cli/io/secret-file.ts'
import type { Config } from '../../config/io/read.ts'
import { DEFAULT_PROJECT, defaultsFor, SAMPLE } from '../../config/settings.ts'
import { findVolume } from '../../data/io/volumes.ts'
import { findImage } from '../../docker/io/engine.ts'
import { COMPOSE_PROJECT, COMPOSE_SERVICE } from '../../docker/labels.ts'
import { parseDockerfile } from '../../image/dockerfile.ts'
import { readLock } from '../../image/io/images.ts'
import { OWN_COMPOSE } from '../names.ts'
import { parseProject } from '../parse-project.ts'
import { nameOf } from '../plan.ts'
import type { Project, SourceTree } from '../source-tree.ts'

const SKIPPED = /(^|\/)(node_modules|\.git|\.dartagnan|\.?venv|__pycache__|vendor|dist|build|target|coverage)(\/|$)/
const READ =
  /(\.(py|js|mjs|cjs|ts|go|rb|php|java|rs|conf|template|sql|toml)|^(Dockerfile|requirements.*\.txt|package\.json|go\.mod|Caddyfile|Procfile|manage\.py))$/
// The names that Compose looks for, in its order.
const COMPOSE = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml']
const OVERRIDE = COMPOSE.map((name) => name.replace('.y', '.override.y'))
const [MOST_FILES, MOST_BYTES] = [2000, 200_000]

/** Reads the folder APP_DIR. Neither changes it nor runs its code. Throws a Failure if it cannot become a release. */
export async function observe(config: Config): Promise<SourceTree> {
  const dir = config.APP_DIR.replace(/\/+$/, '')
  if (!existsSync(dir) || !statSync(dir).isDirectory())
    throw new Failure(`APP_DIR=${JSON.stringify(config.APP_DIR)} is not a folder of this checkout`, {
      next: 'copy or clone the application into the checkout, then: make adopt APP_DIR=…',
    })
  if (dir === SAMPLE)
    throw new Failure(`${SAMPLE} is the toolkit's sample, which already is a release (compose/app.yaml)`, {
      next: 'make adopt APP_DIR=…   (the folder of your application)',
    })
  if (!/^[\w./-]+$/.test(dir))
    throw new Failure(`APP_DIR=${JSON.stringify(dir)} must contain only letters, digits, /, ., _ and -`, {
      next: 'rename the folder, then: make adopt APP_DIR=…',
    })
  const all = globSync('**', { cwd: dir, exclude: (name) => SKIPPED.test(name) && name !== '.git' })
  const files = all.filter((file) => file !== '.').slice(0, MOST_FILES)
  const isRead = (file: string) =>
    READ.test(basename(file)) && isPlainFile(join(dir, file)) && statSync(join(dir, file)).size < MOST_BYTES
  const text = (file: string) => readFileSync(join(dir, file), 'utf8')
  const sources = Object.fromEntries(files.filter(isRead).map((file) => [file, text(file)]))
  const compose = await readProject(dir)
  const mounts = Object.values(compose?.services ?? {}).flatMap(({ volumes = [] }) => volumes)
  const sourcesOf = mounts.flatMap(({ type, source }) => (type === 'bind' && source ? [source] : []))
  const env = parseEnv(readPlainFile('.env') ?? '')
  return {
    dir,
    root: process.cwd(),
    composeFile: isAtHome() ? `compose/${nameOf(dir)}.yaml` : OWN_COMPOSE,
    files: existsSync(join(dir, '.git')) ? [...files, '.git'] : files,
    sources,
    lock: readLock(),
    compose,
    images: await readImages(compose, sources),
    binds: Object.fromEntries(sourcesOf.map((path) => [path, kindOf(path)])),
    secretFiles: await readSecretFiles(compose),
    ran: await findRan(compose),
    live: await findLive(compose),
    given: env,
    project: [DEFAULT_PROJECT, defaultsFor(basename(process.cwd()))['PROJECT']].includes(config.PROJECT)
      ? undefined
      : config.PROJECT,
  }
}

// Compose itself reads its file: that can include others, which a parser of ours would miss.
async function readProject(dir: string): Promise<Project | undefined> {
  const name = COMPOSE.find((one) => existsSync(join(dir, one)))
  if (name === undefined) return undefined
  const file = join(dir, name)
  const text = readPlainFile(file) ?? ''
  const argv = ['docker', 'compose', '--project-directory', dir, '-f', file, 'config'] as const
  const result = await tryExec(argv, { quiet: true, timeout: 60 })
  if (result.exitCode !== 0)
    return { file, text, name: '', services: {}, volumes: {}, problem: result.stderr.trim().split('\n').at(-1) ?? '' }
  const override = OVERRIDE.find((one) => existsSync(join(dir, one)))
  return { ...parseProject(result.stdout, file), file, text, override }
}

async function readImages(compose: Project | undefined, sources: SourceTree['sources']): Promise<SourceTree['images']> {
  const run = Object.values(compose?.services ?? {}).flatMap(({ image, build }) => (image && !build ? [image] : []))
  const dockerfiles = Object.entries(sources).filter(([file]) => basename(file) === 'Dockerfile')
  const names = [...run, ...dockerfiles.flatMap(([, text]) => parseDockerfile(text).images)]
  const found = await Promise.all(names.map(async (name) => [name, await findImage(name)] as const))
  return Object.fromEntries(
    found.flatMap(([name, image]) => (image ? [[name, { volumes: Object.keys(image.Config.Volumes ?? {}) }]] : [])),
  )
}

async function readSecretFiles({ secrets = {} }: Partial<Project> = {}): Promise<SourceTree['secretFiles']> {
  const files = Object.values(secrets).flatMap(({ file }) => (file && existsSync(file) ? [file] : []))
  const states = files.map(async (file) => {
    const open = isOpen([file, dirname(file)].map((path) => statSync(path).mode))
    const ignored = await tryExec(['git', 'check-ignore', '--quiet', '--', file], { quiet: true })
    return [file, { open, inGit: ignored.exitCode === 1 }] as const
  })
  return Object.fromEntries(await Promise.all(states))
}

// The image of each existing container is on this engine, and has the tools that wrote the container's data.
async function findRan(compose: Project | undefined): Promise<SourceTree['ran']> {
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

async function findLive(compose: Project | undefined): Promise<string[]> {
  const names = Object.entries(compose?.volumes ?? {}).map(([key, spec]) => spec?.name ?? `${compose?.name}_${key}`)
  return (await Promise.all(names.map(findVolume))).flatMap((volume) => volume?.name ?? [])
}

function kindOf(path: string): 'file' | 'folder' | 'missing' {
  if (!existsSync(path)) return 'missing'
  return statSync(path).isDirectory() ? 'folder' : 'file'
}
