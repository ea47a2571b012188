import { takeLock } from '../io/lock.ts'
import { planVersion, requireTakeable } from '../io/plan-version.ts'
import { adopt } from '../io/rollout/recover.ts'
import { rollOut } from '../io/rollout/run.ts'
import { runMain } from '../io/run-main.ts'

await runMain(async (config) => {
  await takeLock(config, 'deploy')
  const planned = await planVersion(config)
  await requireTakeable(config, planned)
  const finishes = adopt(config, planned.release)
  await rollOut(config, { target: 'deploy', finishes, ...planned })
}, 'refused')
