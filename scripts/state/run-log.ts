import * as v from 'valibot'
import { ledgerName, moment } from './records.ts'

/** The step that a run is about to do. The ledger has it only while the run goes on, or after the run was killed. */
export type RunLog = {
  readonly format: 1
  readonly target: string
  readonly version: string
  readonly release: string
  /** The release that served before; empty where none did. */
  readonly from: string
  /** The step about to be taken, as its plan describes it, counted from 1. */
  readonly step: string
  readonly number: number
  readonly of: number
  /** The ids of the containers that the run began to stop: the engine may still be stopping them. */
  readonly stopping: readonly string[]
  readonly by: string
  /** When this step began, and when the run did. */
  readonly at: string
  readonly since: string
}

const text = v.string()
const before = v.union([v.literal(''), ledgerName])
const RUN_LOG = v.looseObject({
  ...{ format: v.literal(1), target: text, version: text, release: ledgerName, from: before, step: text },
  ...{ number: v.number(), of: v.number(), stopping: v.array(text), by: text, at: moment, since: moment },
})
export const isRunLog = (value: unknown): value is RunLog => v.is(RUN_LOG, value)

/** Describes a run that was killed. */
export const describeRun = ({ target, version, step, number, of, by, at }: RunLog): string =>
  `make ${target} of ${version} by ${by} was interrupted at ${at}, in step ${number} of ${of} (${step})`
