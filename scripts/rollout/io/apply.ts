import { setTimeout as sleep } from 'node:timers/promises'
import { exec } from '../../cli/io/exec.ts'
import { checkSignals } from '../../cli/io/interrupt.ts'
import { log } from '../../cli/io/log.ts'
import { downArgv } from '../../docker/compose-argv.ts'
import { stopContainers } from '../../docker/io/containers.ts'
import { toolkitContainerId } from '../../docker/io/toolkit-container.ts'
import { ensureProxy } from '../../proxy/io/ensure.ts'
import { setSlots } from '../../proxy/io/runtime.ts'
import type { Step } from '../step.ts'
import { changes, describeStep, mayWrite } from '../step-table.ts'
import { awaitReady } from './await-ready.ts'
import { create, recreate, remove, start, stop } from './containers.ts'
import type { Context } from './context.ts'
import { proxyOf } from './context.ts'
import { takeData } from './data-steps.ts'
import { removeGuard, startGuard } from './guard.ts'
import { awaitServing, drain, HALTED, hold, join, letGo, switchSets, timeLeft } from './traffic.ts'
import { bake } from './watch.ts'

/** Writes down that a step is about to be taken: its text, its number of how many, and what is being stopped by then. */
export type Write = (step: string, number: number, of: number, stopping: readonly string[]) => void

/** Takes the steps in order, each written down before; `taken` are the steps that this run had taken before these. */
export async function applySteps(context: Context, steps: readonly Step[], write: Write, taken = 0): Promise<number> {
  for (const [index, step] of steps.entries()) {
    checkSignals()
    const text = describeStep(step, context.release)
    const number = taken + index + 1
    log.step(text, step.because)
    context.touched ||= changes(step)
    context.wrote ||= mayWrite(step)
    if (step.do === 'halt' || step.do === 'stop') context.stopping.push(...step.targets.map(({ id }) => id))
    write(text, number, taken + steps.length, context.stopping)
    await dieAt(context, `${number}:before`)
    context.step = number
    const taking = take(context, step)
    await dieAt(context, `${number}:during`)
    await taking
    await dieAt(context, `${number}:after`)
  }
  await context.guard
  return taken + steps.length
}

// A test's kill -9, of this process or of its container, at a place that no timer would hit.
async function dieAt({ config }: Context, place: string): Promise<void> {
  if (config.options.fault?.startsWith(place) && place.endsWith('during')) await sleep(60)
  if (config.options.fault === place) process.kill(process.pid, 'SIGKILL')
  if (config.options.fault === `${place}:container`) await exec(['docker', 'kill', toolkitContainerId()])
}

async function take(context: Context, step: Step): Promise<void> {
  const { release } = context
  switch (step.do) {
    case 'remove':
      return await remove(context, step.targets)
    case 'undrain':
      return await setSlots(await proxyOf(context), step.slots, 'ready')
    case 'recreate':
      return await recreate(context, step.services)
    case 'proxy':
      return await ensureProxy(release, step.sets)
    case 'create':
      return await create(context, step.moves)
    case 'guard':
      // It takes a moment: whatever needs it waits for it.
      context.guard = startGuard(context)
      context.guard.catch(() => {})
      return
    case 'hold':
      return await hold(context, step)
    case 'halt':
      return await stopContainers(step.targets, context.patient ? undefined : timeLeft(context, HALTED, 30))
    case 'start':
      return await start(context, step.moves)
    case 'ready':
      return await awaitReady(context, step.services)
    case 'attach':
      return await join(context, step.moves)
    case 'await-route':
      return await awaitServing(context, step.sets)
    case 'switch':
      return await switchSets(context, step.sets)
    case 'unhold':
      await letGo(context, step.services)
      // Requests no longer wait: nothing needs it.
      context.guard = removeGuard(release.compose.name)
      return
    case 'drain':
      return await drain(context, step)
    case 'bake':
      return await bake(context, step.seconds)
    case 'stop':
      return await stop(context, step.targets)
    case 'down':
      await exec(downArgv(release.compose.name), { follow: true })
      return
    default:
      return await takeData(context, step)
  }
}
