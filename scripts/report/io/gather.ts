import type { Config } from '../../config/io/read.ts'
import { listSnapshots, readVerifications } from '../../data/io/repository.ts'
import type { Snapshot } from '../../data/snapshot.ts'
import { readDangers } from '../../docker/io/dangers.ts'
import { engine, findImage, orUndefined } from '../../docker/io/engine.ts'
import { evidenceFile, isEvidence } from '../../image/evidence.ts'
import { goodReleases, urlOf } from '../../release/history.ts'
import { lastGood, readReleases } from '../../release/io/history.ts'
import { observe } from '../../rollout/io/observe.ts'
import { readSamples } from '../../rollout/io/sample.ts'
import { reportStatus } from '../../rollout/status-report.ts'
import { readOrWarn } from '../../state/io/ledger.ts'
import { readRunLog } from '../../state/io/run-log.ts'
import { pullLedger } from '../../swarm/io/raft-ledger.ts'
import { readServices } from '../../swarm/io/swarm.ts'
import { statusOf } from '../../swarm/status.ts'
import { markServices } from '../marks.ts'
import type { Layer, Report } from '../page.ts'

/** What the repository lists, which takes a moment; nothing where it does not answer. */
export const askRepository = async (config: Config): Promise<readonly Snapshot[]> =>
  await listSnapshots(config).then(
    ({ snapshots }) => snapshots,
    () => [],
  )

/** Reads all that the page shows; changes nothing. */
export async function gatherReport(config: Config, snapshots: readonly Snapshot[]): Promise<Report> {
  const { PROJECT } = config
  const isSwarm = config.ORCHESTRATOR === 'swarm'
  if (isSwarm) await pullLedger(PROJECT)
  const entries = readReleases(PROJECT)
  const [serving] = goodReleases(entries)
  // After a rollback that is the release which it left.
  const before = entries.findLast(({ release }) => release === serving?.from)
  const release = lastGood(PROJECT)
  const dangers = release ? await readDangers(release.compose) : []
  return {
    at: Date.now(),
    url: urlOf(config),
    status: isSwarm
      ? statusOf(PROJECT, await readServices(PROJECT), entries, Date.now())
      : reportStatus(PROJECT, await observe(PROJECT), entries, readRunLog(PROJECT)),
    entries,
    samples: readSamples(PROJECT),
    layers: serving ? await readLayers(serving.image, before?.image) : [],
    evidence: serving && readOrWarn(isEvidence, PROJECT, ...evidenceFile(serving.image)),
    verifications: readVerifications(PROJECT),
    snapshots,
    marks: release ? markServices(release) : [],
    dangers: dangers.map(({ service, what }) => `the service ${service} ${what}`),
  }
}

// The instructions that make no layer.
const WITHOUT_LAYER =
  /^(?:\/bin\/sh -c #\(nop\) +)?(?:ENV|LABEL|CMD|ENTRYPOINT|EXPOSE|USER|STOPSIGNAL|HEALTHCHECK|ARG|VOLUME|ONBUILD|SHELL|MAINTAINER)\b/

// The history of an image names each of its layers, and what else has no content; the newest come first.
async function readLayers(image: string, before: string | undefined): Promise<Layer[]> {
  const history = (await orUndefined(engine.getImage(image).history())) as
    | { CreatedBy: string; Size: number }[]
    | undefined
  const had = new Set(before === undefined ? [] : ((await findImage(before))?.RootFS?.Layers ?? []))
  const layers = (await findImage(image))?.RootFS?.Layers ?? []
  const made = (history ?? []).filter(({ CreatedBy }) => !WITHOUT_LAYER.test(CreatedBy)).toReversed()
  if (made.length !== layers.length) return layers.map((id) => ({ by: id, bytes: 0, isNew: !had.has(id) }))
  return layers.map((id, index) => ({
    by: made[index]?.CreatedBy.replace(/^\/bin\/sh -c (?:#\(nop\) )?/, '').slice(0, 200) ?? id,
    bytes: made[index]?.Size ?? 0,
    isNew: !had.has(id),
  }))
}
