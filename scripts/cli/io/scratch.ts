import { mkdtempDisposableSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/**
 * Opens a folder for what a command needs only while it runs; `using` removes the folder when the scope ends. It lies
 * in `parent`, or in the system's folder for temporary files.
 */
export function openScratch(name: string, parent: string = tmpdir()): { readonly path: string } & Disposable {
  return mkdtempDisposableSync(join(resolve(parent), `${name}-`))
}
