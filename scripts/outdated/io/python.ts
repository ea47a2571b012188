import { globSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { Failure, messageOf } from '../../cli/failure.ts'
import { lastWord, tryExec } from '../../cli/io/exec.ts'
import { readPlainFile } from '../../cli/io/plain-file.ts'
import type { Config } from '../../config/io/read.ts'
import { PROJECT_LABEL } from '../../docker/labels.ts'
import { TOOLKIT_LIMITS } from '../../docker/limits.ts'
import { readLock } from '../../image/io/images.ts'
import { parseIndex } from '../answers.ts'
import { hashLockRow, type Pinned, readReport, renderHashLock, sourceOf, withAnswer } from '../hash-lock.ts'
import { parseRequirements, pythonRow, type Row } from '../plan.ts'

type Place = Pick<Config, 'APP_DIR' | 'PROJECT'>

/** Compares the requirements of an application, and its locks of hashes, with an index of Python packages. */
export async function observePython(config: Place, files: readonly string[]): Promise<Row[]> {
  const all = files.flatMap((file) => {
    const where = join(config.APP_DIR, file)
    return parseRequirements(readPlainFile(where) ?? '').map((requirement) => ({ where, requirement }))
  })
  const names = [...new Set(all.map(({ requirement }) => requirement.name))]
  const { stdout } = await runPython(config, ASK, names)
  const answers = stdout.split('\n').filter(Boolean)
  const versions = new Map(names.map((name, index) => [name, parseIndex(answers[index] ?? '')]))
  const rows = all.map(({ where, requirement }) => pythonRow(where, requirement, versions.get(requirement.name)))
  const locks = globSync('requirements*.lock', { cwd: config.APP_DIR }).sort()
  const moving = rows.some(({ update }) => update !== '')
  const lockRows = locks.map(async (file) => {
    const where = join(config.APP_DIR, file)
    const found = await askPip(config, where).catch(messageOf)
    return hashLockRow(where, readPlainFile(where) ?? '', found, moving)
  })
  return [...rows, ...(await Promise.all(lockRows))]
}

/** The text of a lock of hashes for the requirements beside it. Throws a Failure where the index does not have them all. */
export async function makeHashLock(config: Place, where: string): Promise<string> {
  const pinned: Pinned[] = []
  const found = await askPip(config, where)
  const index = (await runPython(config, INDEX)).stdout.trim()
  for (const one of found) {
    const whole = withAnswer(one, await askIndex(index, one.name))
    if (whole.hashes.length === 0)
      throw new Failure(`the index names no hash of ${one.name} ${one.version}: ${where} stays as it is`, {
        next: 'set PIP_INDEX_URL to an index that does, then: make outdated UPDATE=1',
      })
    pinned.push(whole)
  }
  return renderHashLock(basename(sourceOf(where)), pinned)
}

// Prints one line for each name, {} if pip finds no version.
const ASK = 'for name; do pip index versions --json --retries 0 --timeout 10 "$name" 2>/dev/null || echo "{}"; done'
const INDEX = `python3 -c 'import os; from pip._internal.models.index import PyPI; print(os.environ.get("PIP_INDEX_URL") or PyPI.simple_url)'`
// Finds out what pip would install, as if nothing were there. It installs nothing.
const RESOLVE =
  'pip install --dry-run --ignore-installed --no-cache-dir --retries 0 --timeout 30 --quiet --report - -r "$1"'

// Runs a script in the locked Python image, beside the application's files.
async function runPython({ APP_DIR, PROJECT }: Place, script: string, args: readonly string[] = []) {
  const image = readLock()['python']?.reference ?? ''
  const options = [
    '--rm',
    '--network',
    'host',
    '--label',
    `${PROJECT_LABEL}=${PROJECT}`,
    '--env',
    'PIP_INDEX_URL',
    // pip may have to build a package before it knows what that needs.
    ...TOOLKIT_LIMITS,
  ]
  const files = ['--volume', `${resolve(APP_DIR)}:/app:ro`, '--workdir', '/app']
  const argv = ['docker', 'run', ...options, ...files, image, 'sh', '-c', script, 'sh', ...args] as const
  return await tryExec([...argv], { quiet: true })
}

async function askPip(config: Place, where: string): Promise<Pinned[]> {
  const { stdout, stderr, exitCode } = await runPython(config, RESOLVE, [basename(sourceOf(where))])
  if (exitCode === 0) return readReport(stdout)
  throw new Failure(lastWord(stderr).replace(/^ERROR: /, ''), { next: `correct ${sourceOf(where)}, or PIP_INDEX_URL` })
}

// An index need not answer in JSON: pip's own choice has its hash all the same.
async function askIndex(index: string, name: string): Promise<unknown> {
  const url = new URL(`${index.replace(/\/*$/, '/')}${name}/`)
  const login = url.username && Buffer.from(decodeURIComponent(`${url.username}:${url.password}`)).toString('base64')
  url.username = ''
  url.password = ''
  const headers = {
    accept: 'application/vnd.pypi.simple.v1+json',
    ...(login ? { authorization: `Basic ${login}` } : {}),
  }
  return await fetch(url, { headers, signal: AbortSignal.timeout(30_000) })
    .then((answer) => answer.json())
    .catch(() => undefined)
}
