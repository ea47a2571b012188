import type { TargetName } from '../config/targets.ts'
import type { Look } from '../tour/look.ts'
import type { Said } from '../tour/said.ts'

/** What a look at the engine has found: whether a condition holds, and what the engine looks like now. */
export type Finding = { readonly holds: boolean; readonly said: Said }
export type Condition = (look: Look) => Promise<Finding>

/** An exercise. All names begin with `practice-`, port 8095 is a free one, and `solution` is its third hint. */
export type Exercise = {
  readonly id: string
  /** The chapter of the tour that tells this; none for what the tour leaves to the exercises. */
  readonly chapter?: number
  readonly title: Said
  readonly task: Said
  /** A question to think about before typing anything. `learned` answers it. */
  readonly predict: Said
  readonly hints: readonly [Said, Said]
  /** The commands that solve it, for a shell in the folder of the exercise. */
  readonly solution: string
  /** The files that it begins with. An exercise with files is done in its folder. */
  readonly files?: Readonly<Record<string, string>>
  /** The commands that make what it begins with. What they print is remembered. */
  readonly setup?: string
  /** What must hold, given what `setup` has printed. */
  readonly conditions: (made: string) => readonly Condition[]
  readonly learned: Said
  /** The target of this project that uses it. */
  readonly target: TargetName
}
