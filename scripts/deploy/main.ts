import { renderRelease } from '../io/compose.ts'
import { appendLedger } from '../io/ledger.ts'
import { takeLock } from '../io/lock.ts'
import { requireFreePort } from '../io/port.ts'
import { printResult, runMain } from '../io/run-main.ts'
import { applySteps } from './apply.ts'
import { chooseImage } from './choose.ts'
import { observe } from './observe.ts'
import { planDeploy } from './plan.ts'

await runMain(async (config) => {
  await takeLock(config.PROJECT, 'deploy', config.caller)
  const started = new Date()
  const image = await chooseImage(config)
  const release = await renderRelease(config, image)
  const observed = await observe(config)
  await requireFreePort(config, observed.containers)
  const steps = planDeploy(release, config.REPLICAS, observed)
  const url = `http://${config.BIND === '0.0.0.0' ? 'localhost' : config.BIND}:${config.PORT}`
  const record = (outcome: string, cut: number) => {
    const { id, version, revision } = image
    const entry = { outcome, version, revision, image: id, release: release.id, by: config.caller, at: started.toISOString(), ms: Date.now() - started.getTime(), cut }
    if (outcome !== 'unchanged') appendLedger(config.PROJECT, 'releases.jsonl', entry)
    return { ...entry, url }
  }
  try {
    const before = new Set(observed.containers.map(({ id }) => id))
    const cut = await applySteps({ config, release, before }, steps)
    const result = record(steps.length === 0 ? 'unchanged' : 'deployed', cut)
    printResult(config, result, `${result.outcome}: ${image.version} at ${url}${cut > 0 ? `, ${cut} requests cut` : ''}`)
  } catch (error) {
    record('failed', 0)
    throw error
  }
})
