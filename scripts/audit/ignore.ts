import * as v from 'valibot'
import { Failure } from '../cli/failure.ts'
import { parseYaml } from '../cli/yaml.ts'

/** A vulnerability that does not fail the gate, up to the end of a day: of one package, or of all that have it. */
export type Ignored = {
  readonly id: string
  readonly package?: string | undefined
  readonly reason: string
  readonly until: string
}

const text = v.pipe(v.string(), v.trim(), v.minLength(1))
const LIST = v.array(
  v.strictObject({
    id: text,
    package: v.optional(text),
    reason: text,
    until: v.pipe(
      v.string(),
      v.isoDate(),
      v.check((date) => !Number.isNaN(Date.parse(date))),
    ),
  }),
)

/** Reads a list of ignored vulnerabilities. Throws a Failure that names the first entry that lacks something. */
export function parseIgnored(content: string, file: string): Ignored[] {
  const result = v.safeParse(LIST, parseYaml(content, file) ?? [])
  if (result.success) return result.output
  const [issue] = result.issues
  const at = issue.path?.map(({ key }) => String(key)).join('.')
  throw new Failure(`${file}${at ? ` at ${at}` : ''}: ${issue.message}`, {
    next: `give each entry of ${file} an id, a reason and a date (until: 2030-12-31); package is optional`,
  })
}
