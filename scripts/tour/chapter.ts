import assert from 'node:assert/strict'
import type { Look } from './look.ts'
import type { Said } from './said.ts'

/** A claim about Docker: what is told, the commands that show it, and what must hold after them. */
export type Claim = {
  /** One sentence. In English it is the name of the claim's test. */
  readonly claim: Said
  /** A sentence or two before the commands. */
  readonly say: Said
  /** The files that the commands find in their folder, by name. */
  readonly files?: Readonly<Record<string, string>>
  /** The commands as a person would type them. Names begin with `tour-`, and 8099 is a free port. */
  readonly run: readonly string[]
  /** Throws where the claim does not hold. `outputs` has what each command has printed. */
  readonly holds: (outputs: readonly string[], look: Look) => Promise<void> | void
}
export type Chapter = { readonly title: Said; readonly claims: readonly Claim[] }

/** Throws where a command has printed anything else. */
export const printed = (output: string | undefined, expected: string): void => assert.equal(output, expected)

/** Throws where what a command has printed does not match. */
export const matches = (output: string | undefined, pattern: RegExp): void => assert.match(output ?? '', pattern)

/** A container that must be there. */
export async function containerOf(look: Look, name: string) {
  const found = await look.container(name)
  assert(found, `there is no container ${name}`)
  return found
}

/** The layers of an image that must be there, from the base up. */
export async function layersOf(look: Look, name: string): Promise<readonly string[]> {
  const found = await look.image(name)
  assert(found, `there is no image ${name}`)
  return found.layers
}
