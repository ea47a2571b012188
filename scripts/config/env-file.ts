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

/** The first name whose value differs between `ours` and the resolved probe file, with both readings. */
export function firstDifference(
  ours: Variables,
  resolved: string,
): { name: string; ours: string; compose: string } | undefined {
  const { services } = parseJson(PROBE, resolved, { what: 'docker compose config', next: 'make doctor' })
  for (const [name, value] of Object.entries(ours)) {
    // In a resolved file a literal $ is written as $$.
    const compose = (services.probe.environment?.[name] ?? '').replaceAll('$$', '$')
    if (compose !== value) return { name, ours: value, compose }
  }
  return undefined
}
