import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parse } from 'dotenv'
import { bodyOf, isSealed, seal } from '../../image/proposed.ts'
import { differs, withoutSecrets, withoutUnchanged, withValues } from '../env-lines.ts'
import type { Adoption } from '../plan.ts'
import type { Applied, State } from '../report.ts'
import { changedSince, originsOf } from './env-file.ts'

/**
 * Compares the proposal with the checkout. With `write` it adds what is missing; of what exists it replaces
 * only what a former run has proposed, and nobody has changed since.
 */
export function applyAdoption(adoption: Adoption, write: boolean): Applied {
  const { files, lines: more, settings, secrets, copied } = adoption
  const states = files.map(({ path, text }): [string, State] => {
    const before = existsSync(path) ? readFileSync(path, 'utf8') : undefined
    if (before !== undefined && bodyOf(before) === bodyOf(text)) return [path, 'same']
    if (before !== undefined && !isSealed(before)) return [path, 'differs']
    if (!write) return [path, before === undefined ? 'new' : 'old']
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, seal(text))
    return [path, 'written']
  })
  const copies = adoption.secretCopies.map(({ from, to }): [string, State] => {
    const text = secretOf(from)
    const isThere = existsSync(to)
    if (isThere && readFileSync(to).equals(text)) return [to, 'same']
    if (write) writeSecret(to, text)
    return [to, write ? 'written' : isThere ? 'old' : 'new']
  })
  const env = existsSync('.env') ? readFileSync('.env', 'utf8') : ''
  const [given, theirs] = [parse(env), parse(withoutUnchanged(env))]
  const stateOf = (key: string, value: string): State => {
    if (differs(theirs, key, value)) return 'differs'
    if (differs(given, key, value)) return write ? 'written' : 'old'
    return key in given ? 'same' : write ? 'written' : 'new'
  }
  const lines = Object.entries({ ...settings, ...secrets }).map(([key, value]) => [key, stateOf(key, value)] as const)
  if (write) {
    for (const [path, text] of Object.entries(more)) appendFileSync(path, existsSync(path) ? text : text.trimStart())
    for (const path of adoption.closes) {
      // The folder keeps others of this host out; in a container, a program may answer as another user than root.
      chmodSync(dirname(path), 0o700)
      chmodSync(path, 0o444)
    }
    // Now that the settings are written, it is known which lines of .env are the application's.
    const origins = originsOf(copied)
    const isCurrent = origins.every((line) => env.includes(line)) && changedSince().length === 0
    if (!isCurrent || lines.some(([, state]) => state === 'written'))
      writeEnv(withValues(env, settings, secrets, origins))
  }
  const appended = Object.keys(more).map((path): [string, State] => [path, write ? 'written' : 'new'])
  return {
    files: Object.fromEntries([...states, ...copies]),
    lines: Object.fromEntries(appended),
    settings: Object.fromEntries(lines),
  }
}

// Some readers of a file of variables take the comments that init writes into .env for keys.
const secretOf = (path: string): Buffer =>
  path === '.env' ? Buffer.from(withoutSecrets(readFileSync(path, 'utf8'))) : readFileSync(path)

// The folder keeps others of this host out; in a container, a program may answer as another user than root. Old containers keep the
// file that they have.
function writeSecret(path: string, text: Buffer): void {
  mkdirSync(dirname(path), { recursive: true })
  chmodSync(dirname(path), 0o700)
  rmSync(path, { force: true })
  writeFileSync(path, text, { mode: 0o444 })
}

// Only the owner may read the file, even before it holds a secret.
function writeEnv(text: string): void {
  if (!existsSync('.env')) writeFileSync('.env', '', { mode: 0o600 })
  chmodSync('.env', 0o600)
  writeFileSync('.env', text)
}
