import { Failure } from '../../cli/failure.ts'
import { beginSnapshot } from '../../data/io/begin-snapshot.ts'
import { carryData } from '../../data/io/carry.ts'
import { fillVolumes } from '../../data/io/fill.ts'
import { finishSnapshot } from '../../data/io/finish-snapshot.ts'
import { verifySnapshot } from '../../data/io/verify.ts'
import { makeDataVolume, readKnown, rememberVolumes, writeNew } from '../../data/io/volumes.ts'
import type { FinishedSnapshot } from '../../data/snapshot-states.ts'
import { fatesOf } from '../../data/volumes.ts'
import { APP } from '../../docker/compose-model.ts'
import { pauseContainers, resumeContainers } from '../../docker/io/containers.ts'
import { finishedSnapshot, type Progress, type RunEvent } from '../progress.ts'
import type { Step } from '../step.ts'
import type { Turn } from './facts.ts'
import { rehearse } from './rehearse.ts'
import { FINISHED, timeLeft } from './time-left.ts'

type DataStep = Extract<
  Step,
  { do: 'volumes' | 'copy' | 'pause' | 'resume' | 'snapshot' | 'verify' | 'rehearse' | 'fill' | 'carry' }
>

/** Takes one step that is about data, and gives what happened, where that is more than the step itself. */
export async function takeData(turn: Turn, step: DataStep): Promise<RunEvent | undefined> {
  const { config, release, from, target, progress } = turn
  switch (step.do) {
    case 'copy': {
      const snapshot = await beginSnapshot(config, from ?? release, step.modes, { pass: step.pass, target })
      return { what: 'snapshot', state: { is: 'begun', snapshot } }
    }
    case 'snapshot': {
      const { snapshot: state } = progress
      if (state?.is !== 'begun') throw none('begun')
      const snapshot = await finishSnapshot(config, state.snapshot, timeLeft(turn, FINISHED, 24 * 3600))
      return { what: 'snapshot', state: { is: 'finished', snapshot } }
    }
    case 'verify': {
      const snapshot = await verifySnapshot(config, needFinished(progress))
      return { what: 'snapshot', state: { is: 'verified', snapshot } }
    }
    case 'rehearse': {
      if (progress.snapshot?.is !== 'verified') throw none('verified')
      return { what: 'rehearsed', rehearsal: await rehearse(config, release, progress.snapshot.snapshot) }
    }
    case 'volumes': {
      const made = release.volumes.filter(({ name }) => step.names.includes(name))
      const serves = [...turn.before.values()].some(({ service }) => service === APP)
      const known = await readKnown(config.PROJECT)
      const isFirst = !serves && Object.keys(known).length === 0
      // What takes the place of lost data serves the version before, too, should this one fail.
      const anew = step.names.filter((name) => known[name] !== undefined)
      const added = step.names.filter((name) => known[name] === undefined)
      writeNew(config.PROJECT, fatesOf(release, added, isFirst))
      for (const volume of made) await makeDataVolume(config.PROJECT, volume)
      await rememberVolumes(config.PROJECT, anew)
      return undefined
    }
    case 'pause':
      await pauseContainers(step.targets)
      return undefined
    case 'resume':
      await resumeContainers(step.targets)
      return undefined
    case 'carry':
      await carryData(release, step.strays)
      return undefined
    case 'fill':
      await fillVolumes(config, release, step)
      return undefined
  }
}

function needFinished(progress: Progress): FinishedSnapshot {
  const snapshot = finishedSnapshot(progress)
  if (snapshot) return snapshot
  throw none('finished')
}

const none = (state: string) => new Failure(`no snapshot was ${state}`, { next: 'make backup' })
