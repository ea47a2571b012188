import { isDeepStrictEqual } from 'node:util'
import * as v from 'valibot'
import { key } from '../docker/compose-schema.ts'

/** The suites that an image passed. The ledger keeps them by image id, so that no other image can borrow them. */
export type Evidence = {
  /** The id of the application's image. */
  readonly image: string
  /** The ids of the images that were tested beside it, by the names of their builds. */
  readonly built?: Readonly<Record<string, string>> | undefined
  readonly version: string
  readonly revision: string
  readonly suites: readonly Suite[]
  readonly testedAt: string
  readonly testedBy: string
  /** What the tests depend on; unknown in the evidence of older versions. */
  readonly inputs?: Inputs
  /** The files of integration tests that did not run, where the change could not reach them; never empty. */
  readonly leftOut?: readonly LeftOut[] | undefined
}
/** The git tree of the application's files, and a digest of all else that its tests run with. */
export type Inputs = { readonly files: string; readonly rig: string }
/** A file of tests, by its path in the application's folder. */
export type LeftOut = { readonly path: string; readonly because: string }
const EVIDENCE = v.looseObject({
  image: v.string(),
  version: v.string(),
  revision: v.string(),
  suites: v.array(v.looseObject({ name: v.string(), seconds: v.number() })),
  testedAt: v.string(),
  testedBy: v.string(),
  built: v.optional(v.record(key, v.string())),
  inputs: v.optional(v.looseObject({ files: v.string(), rig: v.string() })),
  leftOut: v.optional(v.array(v.looseObject({ path: v.string(), because: v.string() }))),
})
export const isEvidence = (value: unknown): value is Evidence => v.is(EVIDENCE, value)

/** Whether the tests ran with exactly these images beside the application's. */
export const covers = ({ built = {} }: Pick<Evidence, 'built'>, ids: Readonly<Record<string, string>>): boolean =>
  isDeepStrictEqual(built, ids)

export type Suite = { readonly name: string; readonly seconds: number }

/** The ledger's file for the evidence of an image id. */
export const evidenceFile = (image: string): string[] => ['evidence', fileOf(image)]

/** The ledger's file for the JUnit files of the tests that an image passed. */
export const reportsFile = (image: string): string[] => ['reports', fileOf(image)]

const fileOf = (image: string) => `${image.replace(/^sha256:/, '')}.json`
