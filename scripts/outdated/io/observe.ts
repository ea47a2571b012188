import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import semver from 'semver'
import { messageOf } from '../../cli/failure.ts'
import { tryExec } from '../../cli/io/exec.ts'
import type { Config } from '../../config/io/read.ts'
import { readRegistryDigest } from '../../docker/io/engine.ts'
import { LOCK_FILE, readLock } from '../../image/io/images.ts'
import { type Answer, imageRow, isPin, npmRow, type Row } from '../plan.ts'
import { observePython } from './python.ts'

/** Compares everything that is locked with upstream. A registry that does not answer affects only its own rows. */
export async function observe(config: Config): Promise<Row[]> {
  const requirements = globSync('requirements*.txt', { cwd: config.APP_DIR }).sort()
  const all = await Promise.all([
    observeImages(),
    observeNpm('.'),
    requirements.length > 0 ? observePython(config, requirements) : observeNpm(config.APP_DIR),
  ])
  return all.flat()
}

async function observeImages(): Promise<Row[]> {
  const ask = (upstream: string): Promise<Answer> =>
    readRegistryDigest(upstream).then(
      (digest) => ({ digest }),
      (error: unknown) => ({ problem: firstLine(messageOf(error)) }),
    )
  return await Promise.all(
    Object.entries(readLock()).map(async ([name, locked]) =>
      imageRow(name, LOCK_FILE, locked, locked.source === 'registry' ? await ask(locked.upstream) : { problem: '' }),
    ),
  )
}

type Manifest = { dependencies?: Record<string, string>; devDependencies?: Record<string, string> }
type Found = { current?: string; wanted: string; latest: string }
// npm lists a package several times if the repository has workspaces.
type Outdated = Record<string, Found | Found[]>
type Problem = { error: { summary: string } }
// Without these bounds, npm would try for minutes where no registry answers.
const BOUNDED = ['--fetch-retries=1', '--fetch-retry-mintimeout=1000', '--fetch-timeout=30000']

async function observeNpm(folder: string): Promise<Row[]> {
  const where = join(folder, 'package.json')
  if (!existsSync(where)) return []
  const npm = async (...args: string[]) =>
    JSON.parse(
      (await tryExec(['npm', ...args, '--json', ...BOUNDED], { cwd: folder, quiet: true })).stdout || '{}',
    ) as unknown
  // npm ends with status 1 if a package is outdated, so that status does not mean failure.
  const outdated = (await npm('outdated')) as Outdated | Problem
  if (isProblem(outdated)) {
    const row = { kind: 'npm', name: '(all)', where, locked: '', update: '', latest: '' } as const
    return [{ ...row, state: 'no answer', note: firstLine(outdated.error.summary) }]
  }
  const manifest = JSON.parse(readFileSync(where, 'utf8')) as Manifest
  const specs = { ...manifest.devDependencies, ...manifest.dependencies }
  const locked = readNpmLock(folder)
  const all = Object.entries(outdated).flatMap(([name, found]) => [found].flat().map((each) => ({ name, ...each })))
  const rows = all.map(async ({ name, current: installed, wanted, latest }) => {
    const spec = specs[name] ?? ''
    const current = installed ?? locked(name)
    if (current === latest) return []
    const isNear = current !== undefined && semver.satisfies(latest, `^${current}`)
    const asked = !isNear && current && isPin(spec) ? await npm('view', `${name}@^${current}`, 'version') : latest
    const compatible = [asked].flat().filter((version) => typeof version === 'string')
    return [npmRow(where, { name, spec, current, wanted, latest, compatible })]
  })
  return (await Promise.all(rows)).flat()
}

const isProblem = (answer: Outdated | Problem): answer is Problem =>
  typeof (answer as Problem).error?.summary === 'string'

function readNpmLock(folder: string): (name: string) => string | undefined {
  const file = join(folder, 'package-lock.json')
  if (!existsSync(file)) return () => undefined
  const { packages } = JSON.parse(readFileSync(file, 'utf8')) as { packages?: Record<string, { version?: string }> }
  return (name) => packages?.[`node_modules/${name}`]?.version
}

const firstLine = (text: string) => text.trim().split('\n')[0] ?? ''
