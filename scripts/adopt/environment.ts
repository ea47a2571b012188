import type { Variables } from '../config/settings.ts'
import { type Finding, missing, note, type Project } from './found.ts'

const SECRET = /PASS|SECRET|TOKEN|KEY|CREDENTIAL|PRIVATE|DSN|AUTH/i
const PLAIN = /^[A-Za-z0-9_./:@%,+-]*$/

/** The environment of a service for a file that is committed, and the values that are not for it, by their name in .env. */
export type Parted = { readonly open: Variables; readonly secret: Variables; readonly findings: readonly Finding[] }

/**
 * Parts what may be read by all from what may not: what is called a secret, an address with a password in it, and what the
 * Compose file itself does not spell out, because it comes from a file beside it.
 */
export function partEnvironment(
  service: string,
  values: Readonly<Record<string, string | null>>,
  { text }: Project,
  known: Variables,
): Parted {
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
    // In a resolved file a literal $ is written as $$.
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
          `${key} of ${service} cannot stand in .env`,
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
        'their values go to .env (mode 600). The engine shows what is in an environment: where the application can, let it read a file (README.md, "Environments")',
      ),
    )
  return { open, secret, findings }
}
