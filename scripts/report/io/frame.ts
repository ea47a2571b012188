import { statfsSync } from 'node:fs'
import type { Config } from '../../config/io/read.ts'
import { readVerifications } from '../../data/io/repository.ts'
import { readGate } from '../../gate/io/status.ts'
import { renderGate } from '../../gate/status.ts'
import { openProxy } from '../../proxy/io/runtime.ts'
import { parseTraffic, TRAFFIC } from '../../proxy/traffic.ts'
import { readReleases } from '../../release/io/history.ts'
import { observe } from '../../rollout/io/observe.ts'
import { reportStatus } from '../../rollout/status-report.ts'
import { readRunLog } from '../../state/io/run-log.ts'
import type { Frame } from '../live.ts'

/** Looks at all that the view shows; changes nothing. */
export async function readFrame(config: Config): Promise<Frame> {
  const { PROJECT } = config
  const observed = await observe(PROJECT)
  const traffic = observed.proxy ? await (await openProxy(PROJECT)).command(TRAFFIC) : ''
  const entries = readReleases(PROJECT)
  const gate = await readGate(config)
  const disk = statfsSync('/ledger')
  const at = Date.now()
  return {
    at,
    status: reportStatus(PROJECT, observed, entries, readRunLog(PROJECT)),
    traffic: parseTraffic(traffic),
    last: entries.at(-1),
    snapshot: readVerifications(PROJECT).at(-1),
    gate: gate ? renderGate(gate, at) : '',
    disk: { free: disk.bavail * disk.bsize, size: disk.blocks * disk.bsize },
  }
}
