import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Variables } from '../../config/settings.ts'
import { bodyOf, isSealed, seal } from '../../image/proposed.ts'
import { SECRETS_SIGN } from '../names.ts'
import type { Adoption } from '../plan.ts'
import type { Applied, State } from '../report.ts'
import type { SourceTree } from '../source-tree.ts'

/**
 * Compares the proposal with the checkout. With `write` it adds what is missing; of what exists it replaces
 * only what a former run has proposed, and nobody has changed since.
 */
export function applyAdoption(adoption: Adoption, { given }: SourceTree, write: boolean): Applied {
  const { files, lines: more, settings, secrets } = adoption
  const states = files.map(({ path, text }): [string, State] => {
    const before = existsSync(path) ? readFileSync(path, 'utf8') : undefined
    if (before !== undefined && bodyOf(before) === bodyOf(text)) return [path, 'same']
    if (before !== undefined && !isSealed(before)) return [path, 'differs']
    if (!write) return [path, before === undefined ? 'new' : 'old']
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, seal(text))
    return [path, 'written']
  })
  const all = Object.entries({ ...settings, ...secrets })
  const lines = all.map(([key, value]): [string, State] => {
    if (given[key] === undefined) return [key, write ? 'written' : 'new']
    return [key, key in secrets || given[key] === value ? 'same' : 'differs']
  })
  if (write)
    for (const [path, text] of Object.entries(more)) appendFileSync(path, existsSync(path) ? text : text.trimStart())
  const added = (values: Variables) =>
    Object.entries(values).flatMap(([key, value]) => (given[key] === undefined ? [`${key}=${value}\n`] : []))
  const [open, secret] = [added(settings), added(secrets)]
  if (secret.length > 0) secret.unshift(`${SECRETS_SIGN}\n`)
  if (write && open.length + secret.length > 0) appendEnv([...open, ...secret].join(''))
  const appended = Object.keys(more).map((path): [string, State] => [path, write ? 'written' : 'new'])
  return { files: Object.fromEntries(states), lines: Object.fromEntries(appended), settings: Object.fromEntries(lines) }
}

// Only the owner may read the file, even before it holds a secret.
function appendEnv(text: string): void {
  if (!existsSync('.env')) writeFileSync('.env', '', { mode: 0o600 })
  chmodSync('.env', 0o600)
  const before = readFileSync('.env', 'utf8')
  appendFileSync('.env', before === '' || before.endsWith('\n') ? text : `\n${text}`)
}
