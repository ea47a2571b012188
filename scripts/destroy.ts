import { exec } from './cli/io/exec.ts'
import { printResult } from './cli/io/result.ts'
import { renderData, requireConfirmed } from './data/destroy-report.ts'
import { observeData } from './data/io/observe-volumes.ts'
import { placeOf } from './data/io/restic-container.ts'
import { forgetVolumes } from './data/io/volumes.ts'
import { shortSnapshot } from './data/snapshot.ts'
import { downArgv } from './docker/compose-argv.ts'
import { lastGood } from './release/io/history.ts'
import { takeBackup } from './rollout/io/back-up.ts'
import { recover } from './rollout/io/recover.ts'
import { takeLock } from './state/io/lock.ts'
import { readRunLog } from './state/io/run-log.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  const { PROJECT, options } = config
  await takeLock(config, 'destroy')
  const data = await observeData(config)
  requireConfirmed(PROJECT, data, options.confirm)
  const runLog = readRunLog(PROJECT, options.force)
  if (runLog) await recover(config, runLog)
  const covered = lastGood(PROJECT) !== undefined && !options.force.has('no-snapshot')
  const snapshot = covered ? (await takeBackup(config, 'destroy')).snapshot : ''
  await exec(downArgv(PROJECT), { follow: true })
  const names = data.map(({ name }) => name)
  if (names.length > 0) await exec(['docker', 'volume', 'rm', ...names])
  forgetVolumes(PROJECT, names)
  const last = snapshot
    ? `its data are in ${placeOf(config)}: make restore SNAPSHOT=${shortSnapshot(snapshot)}`
    : `no last snapshot was taken; earlier ones are in ${placeOf(config)}`
  const document = { outcome: 'destroyed', project: PROJECT, volumes: data, snapshot }
  printResult(config, document, `destroyed: ${PROJECT}\n${renderData(data)}\n${last}`)
})
