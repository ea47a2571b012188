import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Adoption } from '../plan.ts'
import type { Applied, State } from '../report.ts'
import type { SourceTree } from '../source-tree.ts'

/** Compares the proposal with the checkout. With `write` it adds what is missing; it never changes what exists. */
export function applyAdoption({ files, settings, secrets }: Adoption, { given }: SourceTree, write: boolean): Applied {
  const states = files.map(({ path, text }): [string, State] => {
    if (existsSync(path)) return [path, readFileSync(path, 'utf8') === text ? 'same' : 'differs']
    if (!write) return [path, 'new']
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    return [path, 'written']
  })
  const all = Object.entries({ ...settings, ...secrets })
  const lines = all.map(([key, value]): [string, State] => {
    if (given[key] === undefined) return [key, write ? 'written' : 'new']
    return [key, key in secrets || given[key] === value ? 'same' : 'differs']
  })
  const added = all.filter(([key]) => given[key] === undefined)
  if (write && added.length > 0) appendEnv(added.map(([key, value]) => `${key}=${value}\n`).join(''))
  return { files: Object.fromEntries(states), settings: Object.fromEntries(lines) }
}

// Only the owner may read the file, even before it holds a secret.
function appendEnv(text: string): void {
  if (!existsSync('.env')) writeFileSync('.env', '', { mode: 0o600 })
  chmodSync('.env', 0o600)
  const before = readFileSync('.env', 'utf8')
  appendFileSync('.env', before === '' || before.endsWith('\n') ? text : `\n${text}`)
}
