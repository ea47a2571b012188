import type { CopyMode, Fill } from '../data/snapshot.ts'
import type { Target } from '../docker/container.ts'
import type { Sets } from '../proxy/endpoints.ts'
import type { Slot } from '../proxy/haproxy.ts'
import type { Color } from '../proxy/sets.ts'
import type { KeptPath } from '../release/kept-paths.ts'

/** A service whose containers change: which set they join, how many are made, which are started again. */
export type Move = {
  readonly service: string
  readonly color: Color
  /** How many containers are made. */
  readonly make: number
  /** How many containers the service has after that: Compose asks for this number. */
  readonly total: number
  /** Stopped containers of this very definition, to be started again. */
  readonly revive: readonly Target[]
}

/** A container whose data volumes are to keep from now on. */
export type Stray = Target & { readonly service: string; readonly paths: readonly KeptPath[] }

type Nothing = Readonly<Record<never, never>>
type OnServices = { readonly services: readonly string[] }
type OnTargets = { readonly targets: readonly Target[] }
type OnMoves = { readonly moves: readonly Move[] }
/** Which set of each service. */
type OnSets = { readonly sets: Readonly<Record<string, Color>> }

/** Each kind of step, and what a step of that kind needs to know. */
type Details = {
  readonly remove: OnTargets
  readonly undrain: { readonly slots: readonly Slot[] }
  readonly recreate: OnServices
  readonly proxy: { readonly sets: Sets }
  readonly renew: { readonly sets: Sets }
  readonly retire: Nothing
  readonly create: OnMoves
  readonly guard: Nothing
  /** `behind`: what they need changes, so that the old version could not answer them either. */
  readonly hold: OnServices & OnTargets & { readonly behind?: boolean }
  readonly halt: OnTargets
  readonly start: OnMoves
  readonly ready: OnServices
  readonly attach: OnMoves
  readonly 'await-route': OnSets
  readonly switch: OnSets
  readonly unhold: OnServices
  readonly drain: OnTargets & { readonly shrink: boolean }
  readonly bake: OnServices & { readonly seconds: number }
  readonly stop: OnTargets
  readonly down: { readonly volumes: readonly string[] }
  readonly volumes: { readonly names: readonly string[] }
  readonly copy: { readonly modes: Readonly<Record<string, CopyMode>>; readonly pass: boolean }
  readonly pause: OnTargets
  readonly resume: OnTargets
  readonly snapshot: Nothing
  readonly verify: Nothing
  readonly rehearse: Nothing
  readonly fill: Fill
  readonly carry: { readonly strays: readonly Stray[] }
}
export type StepKind = keyof Details

/** One step of a rollout, or one of the kinds `K`: data, so that a plan can be shown, tested, and taken. */
export type Step<K extends StepKind = StepKind> = {
  [P in K]: { readonly do: P; readonly because: string } & Details[P]
}[K]
