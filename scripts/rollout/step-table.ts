import { shortSnapshot } from '../data/snapshot.ts'
import type { Release } from '../release/model.ts'
import type { Step, StepKind } from './step.ts'
import { countsOf, mountsOf, namesOf, pathsOf } from './step-words.ts'

/** What is known of one kind of step. */
type Row<K extends StepKind> = {
  /** What the step does. */
  readonly text: (step: Step<K>, version: string) => string
  /** What it means for requests. */
  readonly traffic: string
  /** What it means for the data. */
  readonly data: string | ((step: Step<K>, release: Release) => string)
  /** Whether it changes anything but snapshots and volumes that nothing uses yet. */
  readonly changes: boolean
  /** Whether the new version may write to the data from this step on. */
  readonly mayWrite: boolean
}

const CONTAINERS = { data: 'untouched', changes: true, mayWrite: false } as const
const SNAPSHOT = { changes: false, mayWrite: false } as const

// A kind without a row does not compile.
const ROWS: { readonly [K in StepKind]: Row<K> } = {
  remove: { ...CONTAINERS, text: ({ targets }) => `remove ${namesOf(targets)}`, traffic: 'none: they get no request' },
  undrain: {
    ...CONTAINERS,
    text: ({ slots }) => `reopen the slots ${slots.map(({ name }) => name).join(', ')}`,
    traffic: 'none: nothing serves there yet',
  },
  recreate: {
    ...CONTAINERS,
    text: ({ services }) => `start ${services.join(', ')}`,
    traffic: 'none through the proxy',
    mayWrite: true,
  },
  proxy: {
    ...CONTAINERS,
    text: () => 'start or reload the proxy',
    traffic: 'a new proxy opens the port; a running one keeps its connections',
  },
  renew: {
    ...CONTAINERS,
    text: () => 'start a new proxy beside the old one',
    traffic: 'both accept connections from one socket',
  },
  retire: {
    ...CONTAINERS,
    text: () => 'let the old proxy end',
    traffic: 'its requests end; connections that stay open longer are cut, and counted',
  },
  create: {
    ...CONTAINERS,
    text: ({ moves }, version) => `create ${countsOf(moves, version)}, not started`,
    traffic: 'none: it does not run yet',
  },
  guard: { ...CONTAINERS, text: () => 'start the guard', traffic: 'none' },
  hold: {
    ...CONTAINERS,
    text: ({ services }) => `hold the requests to ${services.join(', ')}, and let those in flight end`,
    traffic: 'requests wait; those in flight are answered',
  },
  halt: {
    ...CONTAINERS,
    text: ({ targets }) => `stop ${namesOf(targets)}`,
    traffic: 'requests wait',
    data: 'nobody writes from here on',
  },
  start: {
    ...CONTAINERS,
    text: ({ moves }, version) => `start ${countsOf(moves, version)}`,
    traffic: 'it gets no request yet',
    data: ({ moves }, release) => mountsOf(moves, release),
    mayWrite: true,
  },
  ready: { ...CONTAINERS, text: (_, version) => `wait until ${version} is ready`, traffic: 'it gets no request yet' },
  attach: {
    ...CONTAINERS,
    text: (_, version) => `attach ${version} to the edge network`,
    traffic: 'none: the set does not serve yet',
  },
  'await-route': {
    ...CONTAINERS,
    text: (_, version) => `wait until the proxy reaches ${version}`,
    traffic: 'it gets no request yet',
  },
  switch: {
    ...CONTAINERS,
    text: ({ sets }, version) => `switch ${Object.keys(sets).join(', ')} to ${version}`,
    traffic: 'all requests from here on go to the new version',
  },
  unhold: {
    ...CONTAINERS,
    text: ({ services }) =>
      services.length > 0 ? `let the held requests to ${services.join(', ')} go` : 'remove the guard',
    traffic: 'the requests that waited are answered by the new version',
  },
  drain: {
    ...CONTAINERS,
    text: ({ targets }) => `drain ${namesOf(targets)}`,
    traffic: 'requests in flight end; no new one comes',
  },
  bake: {
    ...CONTAINERS,
    text: ({ seconds }, version) => `watch ${version} for ${seconds} s`,
    traffic: 'the new version serves; the old one takes over at a bad sign',
  },
  stop: {
    ...CONTAINERS,
    text: ({ targets }) => `stop and remove ${namesOf(targets)}`,
    traffic: 'none: nothing is in flight there',
  },
  down: {
    ...CONTAINERS,
    text: ({ volumes }) => ['remove what the first deploy had begun', ...volumes].join(', '),
    ...{ traffic: 'the port is closed, as it was before', data: 'only new volumes go, from which nothing has served' },
  },
  volumes: {
    ...CONTAINERS,
    text: ({ names }) => `make the volumes ${names.join(', ')}`,
    traffic: 'none',
    data: 'empty volumes are made',
  },
  copy: {
    ...SNAPSHOT,
    text: ({ modes }) => `begin a snapshot of ${Object.keys(modes).join(', ')}`,
    traffic: 'none: requests are answered meanwhile',
    data: 'copied while they are in use',
  },
  pause: {
    ...CONTAINERS,
    text: ({ targets }) => `pause ${namesOf(targets)}`,
    traffic: 'requests wait',
    data: 'nobody writes from here on',
  },
  resume: {
    ...CONTAINERS,
    text: ({ targets }) => `resume ${namesOf(targets)}`,
    traffic: 'requests wait',
    data: 'they are written again',
  },
  snapshot: {
    ...SNAPSHOT,
    text: () => 'finish the snapshot',
    traffic: 'requests wait, if they did before',
    data: 'the repository holds them as they are at this moment',
  },
  verify: {
    ...SNAPSHOT,
    text: () => 'read the snapshot back',
    traffic: 'none',
    data: 'the snapshot is read back and compared',
  },
  rehearse: {
    ...SNAPSHOT,
    text: (_, version) => `rehearse ${version} on a clone of the data`,
    traffic: 'none: the clone is out of reach',
    data: 'the clone is migrated, the data are not',
  },
  carry: {
    ...SNAPSHOT,
    text: ({ strays }) => `move ${pathsOf(strays)} into volumes`,
    traffic: 'requests wait, if they did before',
    data: 'copied while nobody writes; the container keeps them until the new one serves',
  },
  fill: {
    ...SNAPSHOT,
    text: ({ snapshot, names }) =>
      `put the data of snapshot ${shortSnapshot(snapshot)} into ${Object.values(names).join(', ')}`,
    traffic: 'none: nothing uses these volumes yet',
    data: 'read back into volumes of their own; those in use stay',
  },
}

/** What a step does, for a person: the plan, the log and the tests say it in these words. */
export const describeStep = <K extends StepKind>(step: Step<K>, { image: { version } }: Release): string =>
  ROWS[step.do].text(step, version)

/** What a step means for traffic and for data, for a person. */
export function describeEffects<K extends StepKind>(
  step: Step<K>,
  release: Release,
): { traffic: string; data: string } {
  const { traffic, data }: Row<K> = ROWS[step.do]
  return { traffic, data: typeof data === 'string' ? data : data(step, release) }
}

/** Whether a step changes anything but snapshots and volumes that nothing uses yet. */
export const changes = (step: Step): boolean => ROWS[step.do].changes

/** Whether the new version may write to the data from this step on. */
export const mayWrite = (step: Step): boolean => ROWS[step.do].mayWrite
