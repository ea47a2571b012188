import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Failure } from '../../cli/failure.ts'
import { exec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import type { Config } from '../../config/io/read.ts'
import { renderLock } from '../../image/image-lock.ts'
import { LOCK_FILE, pullLocked, readLock } from '../../image/io/images.ts'
import { parseSpecs } from '../answers.ts'
import { isPin, movePins, pinned, type Row, shown } from '../plan.ts'
import { makeHashLock } from './python.ts'

/** Moves each lock to the `update` of its row. Throws a Failure if one of the files has uncommitted changes. */
export async function moveLocks(config: Config, rows: readonly Row[]): Promise<void> {
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
    // The requirements that it is made from come before it.
    else if (file.endsWith('.lock')) writeFileSync(file, await makeHashLock(config, file))
    else writeFileSync(file, movePins(readFileSync(file, 'utf8'), own))
  }
}

const lockOf = (manifest: string) => join(dirname(manifest), 'package-lock.json')

// Git can restore what is committed. An uncommitted change would mix with the change that this call makes.
async function requireCommitted(files: readonly string[]): Promise<void> {
  const { stdout } = await exec(['git', 'status', '--porcelain', '--', ...files], { quiet: true })
  if (stdout !== '')
    throw new Failure('files that UPDATE=1 would write have uncommitted changes: nothing was moved', {
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
    // Each pull writes the lock, so that the images pulled so far stay locked if the next pull fails.
    writeFileSync(LOCK_FILE, renderLock({ ...lock, [name]: pulled }))
  }
}

// Moves only the lock and its manifest: `make setup` installs them, as it does in every other checkout.
async function moveNpm(file: string, rows: readonly Row[]): Promise<void> {
  const folder = dirname(file)
  const specs = parseSpecs(readFileSync(file, 'utf8'), file)
  const npm = (...args: string[]) =>
    exec(['npm', ...args, '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder })
  const pins = rows.filter(({ name }) => isPin(specs[name] ?? ''))
  const ranges = rows.filter((row) => !pins.includes(row))
  // npm lists the installed packages in this file, and would list the new ones, which are not installed yet.
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

/** Remembers a file, and returns a function that restores it. */
function keep(file: string): () => void {
  const content = existsSync(file) ? readFileSync(file) : undefined
  return () => (content === undefined ? rmSync(file, { force: true }) : writeFileSync(file, content))
}
