import { readJournal } from '../io/journal.ts'
import { takeLock } from '../io/lock.ts'
import { planVersion, requireTakeable } from '../io/plan-version.ts'
import { adopt, settle } from '../io/rollout/recover.ts'
import { rollOut } from '../io/rollout/run.ts'
import { runMain } from '../io/run-main.ts'

await runMain(async (config) => {
  await takeLock(config, 'deploy')
  await settle(config, readJournal(config.PROJECT, config.options.force))
  const planned = await planVersion(config)
  await requireTakeable(config, planned)
  const finishes = adopt(config, planned.release)
  await rollOut(config, { target: 'deploy', finishes, ...planned })
}, 'refused')
