import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { OWN_SETTINGS } from '../../config/settings.ts'
import { isSigned } from '../../image/proposed.ts'
import { withoutSecrets } from '../env-lines.ts'
import { OWN_COMPOSE, OWN_WORKFLOW } from '../names.ts'
import { withoutLines } from '../own.ts'
import { MAKEFILES } from './repository.ts'

/** What `make uninstall` changes: the new text of each file, or undefined where the file goes. */
export type Removal = Readonly<Record<string, string | undefined>>

/** Finds what `make init` has put into this repository. Files without its sign, and lines that were changed, stay. */
export function findRemoval(): Removal {
  const own = [
    OWN_COMPOSE,
    OWN_SETTINGS,
    OWN_WORKFLOW,
    ...globSync('{,*/,*/*/}{,dartagnan.*.}Dockerfile{,.dockerignore}'),
  ]
  const signed = own.filter((file) => existsSync(file) && isSigned(readFileSync(file, 'utf8')))
  const shorter = [...MAKEFILES, '.gitignore', '.env'].flatMap((file): [string, string | undefined][] => {
    if (!existsSync(file)) return []
    const text = readFileSync(file, 'utf8')
    const rest = file === '.env' ? withoutSecrets(text) : withoutLines(text)
    return rest === text ? [] : [[file, rest === '' ? undefined : rest]]
  })
  return Object.fromEntries([...signed.map((file) => [file, undefined] as const), ...shorter])
}

/** Removes the files, and writes what is left of the others. */
export function applyRemoval(removal: Removal): void {
  for (const [file, text] of Object.entries(removal)) {
    if (text === undefined) rmSync(file)
    else writeFileSync(file, text)
  }
}
