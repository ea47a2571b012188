import { renderRelease } from '../io/compose.ts'
import { takeLock } from '../io/lock.ts'
import { requireFreePort } from '../io/port.ts'
import { printResult, runMain } from '../io/run-main.ts'
import { applySteps } from './apply.ts'
import { chooseImage } from './choose.ts'
import { observe } from './observe.ts'
import { planDeploy } from './plan.ts'
import { recordRelease, renderEntry } from './record.ts'

await runMain(async (config) => {
  await takeLock(config.PROJECT, 'deploy', config.caller)
  const started = new Date()
  const release = await renderRelease(config, await chooseImage(config))
  const observed = await observe(config)
  await requireFreePort(config, observed.containers)
  const steps = planDeploy(release, config.REPLICAS, observed)
  const before = new Set(observed.containers.map(({ id }) => id))
  try {
    const cut = await applySteps({ config, release, before }, steps)
    const entry = recordRelease(config, release, started, steps.length === 0 ? 'unchanged' : 'deployed', cut)
    printResult(config, entry, renderEntry(entry, config))
  } catch (error) {
    recordRelease(config, release, started, 'failed')
    throw error
  }
})
