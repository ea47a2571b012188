import { downArgv } from '../core/compose-argv.ts'
import { shortSnapshot } from '../core/snapshot.ts'
import { placeOf } from '../io/data/helper.ts'
import { forgetVolumes } from '../io/data/volumes.ts'
import { exec } from '../io/exec.ts'
import { readJournal } from '../io/journal.ts'
import { takeLock } from '../io/lock.ts'
import { lastGood } from '../io/releases.ts'
import { backUp } from '../io/rollout/back-up.ts'
import { recover } from '../io/rollout/recover.ts'
import { printResult, runMain } from '../io/run-main.ts'
import { observeData } from './observe.ts'
import { renderData, requireConfirmed } from './report.ts'

await runMain(async (config) => {
  const { PROJECT, options } = config
  await takeLock(config, 'destroy')
  const data = await observeData(config)
  requireConfirmed(PROJECT, data, options.confirm)
  const journal = readJournal(PROJECT, options.force)
  if (journal) await recover(config, journal)
  const covered = lastGood(PROJECT) !== undefined && !options.force
  const snapshot = covered ? (await backUp(config, 'destroy')).snapshot : ''
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
