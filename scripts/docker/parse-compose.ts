import * as v from 'valibot'
import { requireShape } from '../cli/parse.ts'
import { parseYaml } from '../cli/yaml.ts'
import type { ComposeModel } from './compose-model.ts'
import { COMPOSE } from './compose-schema.ts'

/** Reads a resolved Compose file. Throws a Failure, which calls it `what`, where it is none, or not of the known form. */
export const parseCompose = (resolved: string, what: string): ComposeModel =>
  requireShape(COMPOSE, parseYaml(resolved, what), { what, next: `correct ${what}, then run the command again` })

/** Whether a value has the form of a resolved Compose file. */
export const isCompose = (value: unknown): value is ComposeModel => v.is(COMPOSE, value)
