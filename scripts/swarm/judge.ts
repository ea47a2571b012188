import { ONCE } from '../docker/container.ts'
import { DEFINITION_LABEL, ROLLOUT_LABEL } from '../docker/labels.ts'

/** What Swarm says of a task of a service. */
export type Task = {
  readonly id: string
  readonly service: string
  /** Undefined for a service that runs on every node. */
  readonly slot: number | undefined
  readonly node: string | undefined
  readonly definition: string | undefined
  readonly state: string
  readonly wanted: string
  readonly error: string
  /** The exit status of its container, where it has ended. */
  readonly status: number | undefined
  /** Its state since then, in milliseconds. */
  readonly at: number
}
/** What Swarm says of a service. */
export type Running = {
  readonly id: string
  readonly name: string
  readonly definition: string | undefined
  /** The definition of its tasks: that of a service says how many there are, too. */
  readonly task: string | undefined
  readonly labels: Readonly<Record<string, string>>
  /** How many of its tasks are to run. */
  readonly replicas: number
  /** Its last update: `updating`, `paused`, `completed`, `rollback_…`; undefined before the first. */
  readonly update: { readonly state: string; readonly message: string } | undefined
}
export type Verdict =
  | { readonly state: 'ready' }
  | { readonly state: 'waiting'; readonly waits: string }
  | { readonly state: 'failed'; readonly reason: string }

const ENDED = ['failed', 'rejected', 'orphaned']
// Swarm tries a task again as often as it is told to; the toolkit does not wait for that.
const MOST_FAILURES = 2
// A node may come back. A port may take longer to be free: the proxy that has it still answers.
const NOWHERE = 15_000

/** Whether a task runs, and is to go on. */
export const isUp = ({ state, wanted }: Task): boolean => state === 'running' && wanted === 'running'

const isJob = ({ labels }: Running) => labels[ROLLOUT_LABEL] === ONCE
/** Whether a task has done the work of a service that does it once. */
export const isDone = (service: Running, { state, definition }: Task): boolean =>
  isJob(service) && state === 'complete' && definition === service.task

/** Whether all tasks of a service are of its definition and run, or have done their work; why not, or why they never will. `now` and all times are in milliseconds. */
export function judgeService(service: Running, tasks: readonly Task[], since: number, now: number): Verdict {
  const { name, task: definition, replicas, update } = service
  const failed = (reason: string): Verdict => ({ state: 'failed', reason: `${name} ${reason}` })
  const own = tasks.filter((task) => task.definition === definition)
  const ended = own.filter(({ state, at }) => ENDED.includes(state) && at >= since)
  const last = ended.at(-1)
  const why = last ? `: ${last.error || last.state}${last.status ? ` (status ${last.status})` : ''}` : ''
  if (update?.state === 'paused') return failed(`is paused by the engine${why || `: ${update.message}`}`)
  if (update?.state.startsWith('rollback')) return failed(`was taken back by the engine${why || `: ${update.message}`}`)
  if (isJob(service) && last) return failed(`has not done its work${why}`)
  if (ended.length > MOST_FAILURES) return failed(`does not stay up${why}`)
  const nowhere = own.find(
    ({ state, error, at }) =>
      state === 'pending' && error !== '' && !/port already in use/.test(error) && now - at > NOWHERE,
  )
  if (nowhere) return failed(`finds no node: ${nowhere.error}`)
  const running = own.filter((task) => (isJob(service) ? isDone(service, task) : isUp(task)))
  const old = tasks.filter((task) => task.definition !== definition && task.state === 'running')
  if (running.length >= replicas && old.length === 0 && update?.state !== 'updating') return { state: 'ready' }
  return { state: 'waiting', waits: `${running.length} of ${replicas} ${isJob(service) ? 'are done' : 'run'}` }
}

const OVER = [...ENDED, 'complete', 'shutdown', 'remove']
/**
 * What each task of a service does that does not simply run: those that are on their way, and those that have ended since then.
 * `nodes` are their names by id.
 */
export function describeTasks(
  name: string,
  tasks: readonly Task[],
  nodes: Readonly<Record<string, string>>,
  since: number,
) {
  const say = ({ slot, node = '', state, error }: Task) =>
    [slot ? `${name}.${slot}` : name, ...(node ? ['on', nodes[node] ?? node] : []), DOES[state] ?? state]
      .join(' ')
      .concat(error && `: ${error}`)
  const others = tasks.filter((task) => !isUp(task))
  return {
    underWay: others.filter(({ state }) => !OVER.includes(state)).map(say),
    ended: others.filter(({ state, at }) => OVER.includes(state) && at >= since).map(say),
  }
}
// One that runs, and is not to go on.
const DOES: Readonly<Record<string, string>> = { running: 'ending', shutdown: 'ended', complete: 'ended' }

/** A value that changes with each move of the tasks: where nothing moves for long, nothing will. */
export const movesOf = (tasks: readonly Task[]): string =>
  tasks
    .map(({ id, state }) => `${id} ${state}`)
    .sort()
    .join()

type Inspected = {
  readonly ID?: string
  readonly ServiceID?: string
  readonly Slot?: number
  readonly NodeID?: string
  readonly DesiredState?: string
  readonly Spec?: { readonly ContainerSpec?: { readonly Labels?: Readonly<Record<string, string>> } }
  readonly Status?: {
    readonly State?: string
    readonly Err?: string
    readonly Timestamp?: string
    readonly ContainerStatus?: { readonly ExitCode?: number }
  }
}
/** Reads a task from what the engine's API says of it. */
export const taskOf = ({
  ID = '',
  ServiceID = '',
  Slot,
  NodeID,
  DesiredState = '',
  Spec,
  Status,
}: Inspected): Task => ({
  ...{ id: ID, service: ServiceID, slot: Slot, node: NodeID, wanted: DesiredState, state: Status?.State ?? '' },
  ...{
    error: Status?.Err ?? '',
    status: Status?.ContainerStatus?.ExitCode,
    at: Date.parse(Status?.Timestamp ?? '') || 0,
  },
  definition: Spec?.ContainerSpec?.Labels?.[DEFINITION_LABEL],
})

/** The tasks of a service. */
export const tasksOf = ({ id }: Running, tasks: readonly Task[]): Task[] =>
  tasks.filter(({ service }) => service === id)
