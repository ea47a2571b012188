import { exec } from '../../cli/io/exec.ts'
import { checkSignals } from '../../cli/io/interrupt.ts'
import { log } from '../../cli/io/log.ts'
import { rememberNew, removeVolumes } from '../../data/io/volumes.ts'
import { downArgv } from '../../docker/compose-argv.ts'
import { stopContainers } from '../../docker/io/containers.ts'
import { ensureProxy } from '../../proxy/io/ensure.ts'
import { renewProxy, retireProxies } from '../../proxy/io/renew.ts'
import { openProxy } from '../../proxy/io/runtime.ts'
import { requireLock } from '../../state/io/lock.ts'
import { addEvent, BEGINNING, type Progress, type RunEvent } from '../progress.ts'
import type { Step } from '../step.ts'
import { changes, describeStep, mayWrite } from '../step-table.ts'
import { awaitReady } from './await-ready.ts'
import { create, recreate, remove, start, stop } from './containers.ts'
import { takeData } from './data-steps.ts'
import type { Facts, Turn } from './facts.ts'
import { openGuard } from './guard.ts'
import type { Run } from './run.ts'
import { HALTED, timeLeft } from './time-left.ts'
import { attach, awaitRoute, drain, hold, switchSets, unhold } from './traffic.ts'
import { bake } from './watch.ts'

/** How far the steps of a run came, and what stopped them, where something did. */
export type Applied = { readonly progress: Progress; readonly failed?: { readonly error: unknown } }

/**
 * Takes the steps in order, and writes each into the run's log before it takes it. A step that fails ends it, and is
 * given back rather than thrown: what has come of the run until then is needed to undo it. `beginning` is where a run
 * goes on that has taken other steps before.
 */
export async function applySteps(
  facts: Facts,
  steps: readonly Step[],
  { write, hook }: Run,
  beginning: Progress = BEGINNING,
): Promise<Applied> {
  const guard = openGuard(facts.release.compose.name)
  let progress = beginning
  const tell = (event: RunEvent) => {
    progress = addEvent(progress, event)
  }
  const of = beginning.step + steps.length
  try {
    for (const [index, step] of steps.entries()) {
      checkSignals()
      requireLock()
      const text = describeStep(step, facts.release)
      const number = beginning.step + index + 1
      const began = performance.now()
      log.step(text, step.because)
      const stopping = step.do === 'halt' || step.do === 'stop' ? step.targets.map(({ id }) => id) : []
      const begun = { number, changes: changes(step), mayWrite: mayWrite(step), stopping }
      write(text, number, of, [...progress.stopping, ...stopping])
      // Where it cannot be written down, nothing of it was done.
      tell({ what: 'step', ...begun })
      await hook(number, 'before')
      const taking = takeStep({ ...facts, progress, tell, guard }, step)
      const [happened] = await Promise.all([taking, hook(number, 'during')])
      if (happened) tell(happened)
      tell({ what: 'took', time: { step: step.do, ms: Math.round(performance.now() - began) } })
      log.ended()
      await hook(number, 'after')
    }
    await guard.wait()
    return { progress }
  } catch (error) {
    log.failed()
    return { progress, failed: { error } }
  }
}

/** As applySteps, for a run that nothing undoes: throws what a step has thrown. */
export async function mustApply(...args: Parameters<typeof applySteps>): Promise<Progress> {
  const { progress, failed } = await applySteps(...args)
  if (failed) throw failed.error
  return progress
}

/** Takes a step, and gives what happened, where that is more than the step itself. */
async function takeStep(turn: Turn, step: Step): Promise<RunEvent | undefined> {
  const { release, guard } = turn
  const project = release.compose.name
  if (!turn.patient && (step.do === 'attach' || step.do === 'switch')) await rememberNew(project)
  switch (step.do) {
    case 'switch':
      return await switchSets(turn, step.sets)
    case 'unhold': {
      const unheld = await unhold(turn, step.services)
      // Requests no longer wait: nothing needs it.
      guard.remove()
      return unheld
    }
    case 'remove':
      await remove(turn, step.targets)
      break
    case 'undrain':
      await (await openProxy(project)).undrain(step.slots)
      break
    case 'recreate':
      await recreate(turn, step.services)
      break
    case 'proxy':
      await ensureProxy(release, step.sets)
      break
    case 'renew':
      await renewProxy(release, step.sets)
      break
    case 'retire':
      return { what: 'cut', requests: await retireProxies(project) }
    case 'create':
      await create(turn, step.moves)
      break
    case 'guard':
      guard.start()
      break
    case 'hold':
      await hold(turn, step)
      break
    case 'halt':
      await stopContainers(
        step.targets,
        turn.patient ? undefined : timeLeft(turn, HALTED, turn.progress.behind ? turn.release.proxy.hold * HALTED : 30),
      )
      break
    case 'start':
      await start(turn, step.moves)
      break
    case 'ready':
      await awaitReady(turn, step.services)
      break
    case 'attach':
      await attach(turn, step.moves)
      break
    case 'await-route':
      await awaitRoute(turn, step.sets)
      break
    case 'drain':
      await drain(turn, step)
      break
    case 'bake':
      await bake(turn, step.seconds)
      break
    case 'stop':
      await stop(turn, step.targets)
      break
    case 'down':
      await exec(downArgv(project), { follow: true })
      // One that cannot be removed is named in the end.
      await removeVolumes(step.volumes)
      break
    default:
      return await takeData(turn, step)
  }
  return undefined
}
