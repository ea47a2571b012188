import { messageOf } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import { fillVolumes } from '../../data/io/fill.ts'
import { clearLeftovers } from '../../data/io/repository.ts'
import { requireVolumes } from '../../data/io/require-volumes.ts'
import { findVolume, makeDataVolume, rememberVolumes, settleVolumes, writeFilling } from '../../data/io/volumes.ts'
import { type Fill, shortSnapshot } from '../../data/snapshot.ts'
import type { VerifiedSnapshot } from '../../data/snapshot-states.ts'
import { PROXY } from '../../docker/compose-model.ts'
import { resumeContainers } from '../../docker/io/containers.ts'
import type { ReleaseEntry } from '../../release/history.ts'
import type { Release } from '../../release/model.ts'
import { rehearse } from '../../rollout/io/rehearse.ts'
import type { RunLog } from '../../state/run-log.ts'
import type { Change } from '../changes.ts'
import { dataLabel, takesTasks } from '../cluster.ts'
import { planSafety } from '../safety.ts'
import { endHold, type Hold, holdRequests, taskContainers } from './hold.ts'
import type { Placed, Rollouts } from './serve.ts'
import { beginOnNode, beside, findAbsent, type Pending, pullAll } from './snapshot.ts'
import { stopServices } from './stop.ts'

/** The steps of a rollout, as its log names them. */
export const ROLL_OUT = 'roll out on the swarm'
const COPY = 'take a snapshot'
const FILL = "put the snapshot's data into new volumes"
const HALT = 'hold requests, and stop those that write'

export type TakeStep = (text: string, work: () => Promise<void>) => Promise<void>
export type Measures = Pick<ReleaseEntry, 'snapshot' | 'held'> & Partial<Pick<ReleaseEntry, 'rehearsal'>>
export const NOTHING: Measures = { snapshot: '', held: 0 }

/** What a rollout does with data, in its turn. */
export type DataPlan = {
  readonly steps: readonly string[]
  /** Before the new version starts: all that `steps` names but the rollout itself. */
  readonly prepare: (step: TakeStep) => Promise<void>
  /** Once it runs. */
  readonly served: () => Promise<void>
  /** Once it serves. */
  readonly settle: () => Promise<void>
  /** The snapshot of the data before the new version, read back; undefined where none was taken. */
  readonly taken: () => Promise<VerifiedSnapshot | undefined>
  /** Once what served before is back. */
  readonly giveUp: () => Promise<void>
  readonly measures: () => Measures
}
type About = {
  readonly target: string
  readonly release: Release
  readonly from: Release | undefined
  readonly fill: Fill | undefined
  readonly compiled: Placed
  readonly changes: readonly Change[]
}

/** Looks at the data, and plans what a rollout does with them. Throws a Failure where they are amiss. */
export async function planData(run: Rollouts, about: About): Promise<DataPlan> {
  const { config, ways, push } = run
  const { target, release, from, fill, compiled, changes } = about
  const { PROJECT, options } = config
  const node = compiled.dataNode
  const named = (...kinds: Change['what'][]) =>
    changes.filter(({ what }) => kinds.includes(what)).map(({ name }) => name.slice(PROJECT.length + 1))
  const running = named('update', 'keep', 'remove').map((service) => ({ service }))
  const missing =
    node === undefined || fill !== undefined
      ? []
      : await ways.on(node, () => requireVolumes(config, release, target === 'deploy' ? from : undefined, running))
  const changed = named('update', 'remove').filter((name) => name !== PROXY)
  const wants = fill === undefined ? config.DEPLOY_SNAPSHOT === 1 : !options.force.has('no-snapshot')
  const rehearses = config.REHEARSE === '' ? config.ENV === 'production' : config.REHEARSE === '1'
  const asked = { snapshot: wants, rehearse: rehearses && fill === undefined, fills: fill !== undefined }
  const safety = planSafety(release, { from, changed, ...asked })
  const isThere = async ({ volumes }: Release) =>
    (await Promise.all(volumes.map(({ name }) => findVolume(name)))).every(Boolean)
  // Where the node of the data is gone, there is nothing to copy.
  const isDue =
    safety.snapshot && node !== undefined && from !== undefined && (await ways.on(node, () => isThere(from)))
  const absent = isDue ? await ways.on(node, () => findAbsent(from, safety.rehearse)) : undefined
  // A deploy that needs no snapshot must not fail for want of one.
  if (absent)
    log.warn(
      `no snapshot${safety.rehearse ? ', no rehearsal' : ''}: the node of the data has no ${absent}; next: put it there, under the same path`,
    )
  const copies = isDue && absent === undefined
  const { halted } = safety
  let hold: Hold | undefined
  let pending: Pending | undefined
  let unread: Pending | undefined
  let verified: VerifiedSnapshot | undefined
  let measures = NOTHING
  const heldFor = (ms: number) => {
    measures = { ...measures, held: Math.max(measures.held, ms) }
  }
  const letGo = async () => heldFor((await hold?.end()) ?? 0)
  const verify = async (one: Pending) => {
    verified = await one.verify()
    heldFor(one.held())
    measures = { ...measures, snapshot: verified.id }
  }
  const copy = async () => {
    if (node === undefined || from === undefined) return
    if (halted.length === 0 || safety.rehearse || fill) {
      const live = await beginOnNode(run, { from, node, target })
      await live.finish()
      await verify(live)
    }
    if (safety.rehearse && verified) {
      const [snapshot, old, next] = [verified, await beside(verified.release), await beside(release, compiled.images)]
      await ways.on(node, async () => {
        await pullAll(config, Object.values(compiled.images))
        measures = { ...measures, rehearsal: await rehearse(config, next, { ...snapshot, release: old }) }
      })
    }
    if (halted.length > 0 && !fill) pending = await beginOnNode(run, { from, node, target }, halted)
  }
  const halt = async () => {
    const routed = (from ?? release).routes.map(({ service }) => service)
    hold = await holdRequests(run, fill ? routed : routed.filter((name) => halted.includes(name)))
    await stopServices(PROJECT, halted)
    await pending?.finish()
    unread = pending
  }
  const taken = async () => {
    const one = unread
    unread = undefined
    if (one) await verify(one)
    return verified
  }
  return {
    steps: [...(copies ? [COPY] : []), ...(fill ? [FILL] : []), ...(halted.length > 0 ? [HALT] : []), ROLL_OUT],
    prepare: async (step) => {
      if (copies) await step(COPY, copy)
      if (fill && node !== undefined)
        await step(FILL, async () => {
          const target = await beside(release, compiled.images)
          // Another manager must know what was half filled.
          writeFilling(PROJECT, Object.values(fill.names))
          await push()
          await ways.on(node, async () => {
            await pullAll(config, Object.values(compiled.images))
            await fillVolumes(config, target, fill)
          })
        })
      if (node !== undefined && missing.length > 0)
        await ways.on(node, async () => {
          for (const volume of release.volumes) if (missing.includes(volume.name)) await makeDataVolume(PROJECT, volume)
          await rememberVolumes(PROJECT, missing)
        })
      if (halted.length > 0) await step(HALT, halt)
    },
    served: async () => {
      await letGo()
      await taken()
    },
    taken,
    settle: async () => {
      if (node !== undefined) await ways.on(node, () => settleVolumes(release))
      for (const { key, name } of (fill && from?.volumes) ?? [])
        if (fill?.names[key] !== undefined) log.note(`the data that were there before are in the volume ${name}`)
    },
    giveUp: async () => {
      pending?.giveUp()
      await letGo().catch((error: unknown) => log.error(`requests still wait: ${messageOf(error)}`))
      const snapshot = await taken().catch((error: unknown) => log.warn(messageOf(error)))
      if (snapshot) log.note(`the data as they were: make restore SNAPSHOT=${shortSnapshot(snapshot.id)}`)
      if (node !== undefined && hasData(about)) await ways.on(node, () => clearLeftovers(config)).catch(() => {})
    },
    measures: () => measures,
  }
}

const hasData = ({ fill, from }: About) => fill !== undefined || (from?.volumes.length ?? 0) > 0

/** Ends what a killed run has begun with data and requests, on all nodes. `serves` is the release that serves now. */
export async function healData(run: Rollouts, { of }: RunLog, serves: Release | undefined): Promise<void> {
  const { config, cluster, ways } = run
  const node = cluster.nodes.find(({ labels }) => dataLabel(config.PROJECT) in labels)
  // Its only step was the rollout.
  if (of === 1 || !serves) return
  await endHold(
    run,
    serves.routes.map(({ service }) => service),
  )
  if (!node || !takesTasks(node)) return
  await ways.on(node.id, async () => {
    await resumeContainers(await taskContainers(config.PROJECT, Object.keys(serves.compose.services), 'paused'))
    await clearLeftovers(config)
    await settleVolumes(serves)
  })
}
