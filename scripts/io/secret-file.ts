import { readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { Failure } from '../core/failure.ts'

/**
 * The path of a secret, once it is known to be there and for nobody else to read: the file, or the folder it is in. Throws a
 * Failure that names the setting, never what is in it.
 */
export function requireSecretFile(setting: string, path: string): string {
  const said = `${setting}=${JSON.stringify(path)}`
  let modes: number[]
  try {
    modes = [statSync(path), statSync(dirname(path))].map(({ mode }) => mode)
  } catch (cause) {
    throw new Failure(
      `${said} cannot be read: ${(cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file in the checkout' : (cause as Error).message}`,
      {
        next: `put it into the folder secrets (install -d -m 700 secrets), and name it in ${setting}`,
        cause,
      },
    )
  }
  if (modes.every((mode) => (mode & 0o077) !== 0))
    throw new Failure(`${said} can be read by others (mode ${((modes[0] ?? 0) & 0o777).toString(8)})`, {
      next: `chmod 600 ${path}`,
    })
  return path
}

/** The secret that a setting names: in a file, or, as `-`, on standard input. A last line break is no part of it. */
export function readSecret(setting: string, path: string): string {
  const text = readFileSync(path === '-' ? 0 : requireSecretFile(setting, path), 'utf8')
  return text.replace(/\r?\n$/, '')
}
