import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Failure } from '../../cli/failure.ts'
import { exec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { renderLock } from '../../image/image-lock.ts'
import { LOCK_FILE, pullLocked, readLock } from '../../image/io/images.ts'
import { isPin, movePins, pinned, type Row, shown } from '../plan.ts'

/** Moves the locks to what `update` of each row says. Throws a Failure where a file has changes that no commit holds. */
export async function moveLocks(rows: readonly Row[]): Promise<void> {
  const files = [...new Set(rows.map(({ where }) => where))]
  await requireCommitted(
    files.flatMap((file) => (file.endsWith('.json') && file !== LOCK_FILE ? [file, lockOf(file)] : [file])),
  )
  for (const file of files) {
    const own = rows.filter(({ where }) => where === file)
    for (const { name, locked, update } of own)
      log.step(`${file}: ${name} ${shown(locked)} → ${shown(update)}`, 'it has moved upstream')
    if (file === LOCK_FILE) await moveImages(own)
    else if (file.endsWith('.json')) await moveNpm(file, own)
    else writeFileSync(file, movePins(readFileSync(file, 'utf8'), own))
  }
}

const lockOf = (manifest: string) => join(dirname(manifest), 'package-lock.json')

// What git holds can be had again; what only this folder holds could not be told from what is written now.
async function requireCommitted(files: readonly string[]): Promise<void> {
  const { stdout } = await exec(['git', 'status', '--porcelain', '--', ...files], { quiet: true })
  if (stdout !== '')
    throw new Failure('files that would be written have changes that no commit holds: nothing was moved', {
      detail: stdout,
      next: `git stash push -- ${files.join(' ')}   (or commit them)`,
    })
}

async function moveImages(rows: readonly Row[]): Promise<void> {
  for (const { name, update } of rows) {
    const lock = readLock()
    const { upstream } = lock[name] ?? { upstream: '' }
    const pull = pinned(upstream, update)
    const pulled = await pullLocked(upstream, pull)
    if (typeof pulled === 'string') throw new Failure(`cannot pull ${pull}: ${pulled}`, { next: `docker pull ${pull}` })
    // One after the other: what was pulled stays locked when the next one fails.
    writeFileSync(LOCK_FILE, renderLock({ ...lock, [name]: pulled }))
  }
}

// The lock alone: `make setup` installs it, as it does in every other checkout.
async function moveNpm(file: string, rows: readonly Row[]): Promise<void> {
  const folder = dirname(file)
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Record<string, string>>
  const specs = { ...manifest['devDependencies'], ...manifest['dependencies'] }
  const npm = (...args: string[]) =>
    exec(['npm', ...args, '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder })
  const pins = rows.filter(({ name }) => isPin(specs[name] ?? ''))
  const ranges = rows.filter((row) => !pins.includes(row))
  // npm notes there what is installed, and would note what is not.
  const restoreNote = keep(join(folder, 'node_modules/.package-lock.json'))
  const restore = [file, lockOf(file)].map(keep)
  try {
    if (pins.length > 0) await npm('install', '--save-exact', ...pins.map(({ name, update }) => `${name}@${update}`))
    if (ranges.length > 0) await npm('update', ...ranges.map(({ name }) => name))
  } catch (error) {
    for (const back of restore) back()
    throw error
  } finally {
    restoreNote()
  }
}

/** Remembers a file, and gives what puts it back. */
function keep(file: string): () => void {
  const content = existsSync(file) ? readFileSync(file) : undefined
  return () => (content === undefined ? rmSync(file, { force: true }) : writeFileSync(file, content))
}
