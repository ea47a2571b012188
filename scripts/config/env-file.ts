import * as v from 'valibot'
import { parseJson } from '../cli/parse.ts'
import type { Variables } from './settings.ts'

// dotenv and Compose each read quotes, $, # and blanks by their own rules. Refusing them all would be simpler than
// asking Compose, but it would refuse safe values: a path with a blank, a quoted URL, a comment behind a value.

/** Whether every parser reads this text of an env file the same: no quotes, $, inner # or blanks around a value. */
export const isPlainEnvFile = (text: string): boolean =>
  text.split('\n').every((line) => /^(?:\s*(?:#.*)?|[A-Za-z_][A-Za-z0-9_]*=[A-Za-z0-9_./:@%,+-]*)$/.test(line))

/** A Compose file whose resolved form shows how Compose reads each name. */
export function probeFile(names: readonly string[]): string {
  const environment = Object.fromEntries(names.map((name) => [name, `\${${name}-}`]))
  return JSON.stringify({ services: { probe: { image: 'probe', environment } } })
}

const PROBE = v.object({
  services: v.object({ probe: v.object({ environment: v.exactOptional(v.record(v.string(), v.string())) }) }),
})

/** The values with those that name other variables, such as `https://${HOST}`, as the resolved probe file has them. */
export function withFilledIn(ours: Variables, resolved: string): Variables {
  const filled = readProbe(resolved)
  const entries = Object.entries(ours)
  return Object.fromEntries(
    entries.map(([name, value]) => [name, /\$\{\w+\}/.test(value) ? (filled[name] ?? '') : value]),
  )
}

/** The first name whose value differs between `ours` and the resolved probe file, with both readings. */
export function firstDifference(
  ours: Variables,
  resolved: string,
): { name: string; ours: string; compose: string } | undefined {
  const filled = readProbe(resolved)
  for (const [name, value] of Object.entries(ours)) {
    const compose = filled[name] ?? ''
    if (compose !== value) return { name, ours: value, compose }
  }
  return undefined
}

function readProbe(resolved: string): Variables {
  const { services } = parseJson(PROBE, resolved, { what: 'docker compose config', next: 'make doctor' })
  const entries = Object.entries(services.probe.environment ?? {})
  // In a resolved file a literal $ is written as $$.
  return Object.fromEntries(entries.map(([name, value]) => [name, value.replaceAll('$$', '$')]))
}
