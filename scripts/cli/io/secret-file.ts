import { readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { Failure, messageOf } from '../failure.ts'
import { readPlainFile } from './plain-file.ts'

/**
 * Checks that a secret exists and that nobody else can read it, by the mode of its file or folder, and gives its path.
 * Throws a Failure that calls the secret `said`, and never shows its content.
 */
export function requireSecretFile(said: string, path: string): string {
  const what = `${said} (${path})`
  let modes: number[]
  try {
    modes = [statSync(path), statSync(dirname(path))].map(({ mode }) => mode)
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw new Failure(
      `${what} cannot be read: ${missing ? 'there is no such file in the checkout' : messageOf(cause)}`,
      {
        next: 'install -d -m 700 secrets, then put the file there',
        cause,
      },
    )
  }
  requirePrivate(said, path, modes)
  return path
}

/** Whether others can read a file, by the modes of the file and of its folder. */
export const isOpen = (modes: readonly number[]): boolean => modes.every((mode) => (mode & 0o077) !== 0)

/** Throws a Failure where others can read a file, by the modes of the file and of its folder. */
export function requirePrivate(said: string, path: string, modes: readonly number[]): void {
  if (!isOpen(modes)) return
  throw new Failure(`${said} (${path}) can be read by others (mode ${((modes[0] ?? 0) & 0o777).toString(8)})`, {
    next: `chmod 600 ${path}   (or, where a program answers as another user than root, such as a worker of Apache, PHP-FPM or nginx: chmod 700 ${dirname(path)} && chmod 444 ${path})`,
  })
}

/**
 * Reads the secret that a setting names: from a file or, for `-`, from standard input. A final line break is dropped.
 */
export function readSecret(setting: string, path: string): string {
  const text = path === '-' ? readFileSync(0, 'utf8') : (readPlainFile(requireSecretFile(setting, path)) ?? '')
  return text.replace(/\r?\n$/, '')
}
