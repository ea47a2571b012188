import type { Variables } from '../config/settings.ts'
import { type Finding, missing, note } from './finding.ts'
import type { Project } from './source-tree.ts'

const SECRET = /PASS|SECRET|TOKEN|KEY|CREDENTIAL|PRIVATE|DSN|AUTH/i
const PLAIN = /^[A-Za-z0-9_./:@%,+-]*$/

/** The environment of a service: `open` for the committed Compose file, and `secret` for .env, by the names there. */
export type SplitEnvironment = {
  readonly open: Variables
  readonly secret: Variables
  readonly findings: readonly Finding[]
}

/**
 * Splits the public values from the secret ones. A value is secret if its name says so, or if it is an address with a
 * password. So is a value that the Compose file takes from another file.
 */
export function splitEnvironment(
  service: string,
  values: Readonly<Record<string, string | null>>,
  { text }: Project,
  known: Variables,
): SplitEnvironment {
  const open: Record<string, string> = {}
  const secret: Record<string, string> = {}
  const findings: Finding[] = []
  for (const [key, value] of Object.entries(values)) {
    if (value === null || value === '') continue
    const isSecret = SECRET.test(key) || /:\/\/[^/@\s]*:[^/@\s]+@/.test(value) || !text.includes(value)
    if (!isSecret || (key.endsWith('_FILE') && value.startsWith('/'))) {
      open[key] = value
      continue
    }
    // Compose writes a literal $ as $$ when it resolves a file.
    const literal = value.replaceAll('$$', '$')
    const quoted = PLAIN.test(literal) ? literal : `'${literal}'`
    const base = `APP_${key
      .replace(/^APP_/, '')
      .toUpperCase()
      .replace(/[^A-Z0-9_]/g, '_')}`
    const name =
      known[base] === undefined || known[base] === quoted
        ? base
        : `${base}_${service.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`
    open[key] = `\${${name}:?}`
    if (/['\n]/.test(literal))
      findings.push(
        missing(
          'secrets',
          `${key} of ${service} cannot be written to .env`,
          `let the application read it from a file (README.md, "Environments"), or add ${name}=… yourself`,
        ),
      )
    else secret[name] = quoted
  }
  const names = Object.keys(secret)
  if (names.length > 0)
    findings.push(
      note(
        'secrets',
        `${service}: ${names.join(', ')}`,
        'their values go to .env (mode 600). The engine shows every environment, so let the application read a file if it can (README.md, "Environments")',
      ),
    )
  return { open, secret, findings }
}
