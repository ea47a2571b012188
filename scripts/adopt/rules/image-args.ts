import type { Variables } from '../../config/settings.ts'
import { hasVariables } from '../../docker/compose-variables.ts'
import { isSecret } from '../../image/dockerfile-rules.ts'
import type { Old } from '../draft.ts'
import { textsOf } from '../source-tree.ts'
import { withVariables } from '../variables.ts'

type Tree = Readonly<Record<string, unknown>>
/** The arguments of a build. A secret that its author wrote as a variable stays one: the proposed file is for git. */
export function argsFor({ spec, project, service }: Old): { values: Variables; secrets: Variables } {
  const values = textsOf(spec.build?.args)
  const written = ((project.raw?.[service]?.['build'] ?? {}) as { args?: unknown }).args ?? {}
  // Compose leaves a list a list, where it fills nothing in.
  const raw: Tree = Array.isArray(written)
    ? Object.fromEntries(written.map((one) => String(one).split(/=(.*)/s)))
    : written
  const names = Object.keys(values).filter((name) => isSecret(name) && hasVariables(String(raw[name] ?? '')))
  const own = withVariables(Object.fromEntries(names.map((name) => [name, raw[name]])), project.given ?? {})
  return { values: { ...values, ...(own.value as Variables) }, secrets: own.secrets }
}
