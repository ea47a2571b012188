import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import semver from 'semver'
import { messageOf } from '../../cli/failure.ts'
import { tryExec } from '../../cli/io/exec.ts'
import { readPlainFile } from '../../cli/io/plain-file.ts'
import type { Config } from '../../config/io/read.ts'
import { readRegistryDigest } from '../../docker/io/engine.ts'
import { LOCK_FILE, readLock } from '../../image/io/images.ts'
import { parseNpmLock, parseOutdated, parseSpecs, parseVersions } from '../answers.ts'
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

// Without these bounds, npm would try for minutes where no registry answers.
const BOUNDED = ['--fetch-retries=1', '--fetch-retry-mintimeout=1000', '--fetch-timeout=30000']

async function observeNpm(folder: string): Promise<Row[]> {
  const where = join(folder, 'package.json')
  if (!existsSync(where)) return []
  const npm = async (...args: string[]) =>
    (await tryExec(['npm', ...args, '--json', ...BOUNDED], { cwd: folder, quiet: true })).stdout || '{}'
  // npm ends with status 1 if a package is outdated, so that status does not mean failure.
  const outdated = parseOutdated(await npm('outdated'))
  if (typeof outdated === 'string') {
    const row = { kind: 'npm', name: '(all)', where, locked: '', update: '', latest: '' } as const
    return [{ ...row, state: 'no answer', note: firstLine(outdated) }]
  }
  const specs = parseSpecs(readPlainFile(where) ?? '', where)
  const locked = parseNpmLock(readPlainFile(join(folder, 'package-lock.json'), 10_000_000) ?? '')
  const rows = outdated.map(async ({ name, current: installed, wanted, latest }) => {
    const spec = specs[name] ?? ''
    const current = installed ?? locked(name)
    if (current === latest) return []
    const isNear = current !== undefined && semver.satisfies(latest, `^${current}`)
    const asks = !isNear && current && isPin(spec)
    const compatible = asks ? parseVersions(await npm('view', `${name}@^${current}`, 'version')) : [latest]
    return [npmRow(where, { name, spec, current, wanted, latest, compatible })]
  })
  return (await Promise.all(rows)).flat()
}

const firstLine = (text: string) => text.trim().split('\n')[0] ?? ''
