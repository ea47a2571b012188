import { printResult, runMain } from '../io/run-main.ts'
import { applyAdoption } from './apply.ts'
import { observe } from './observe.ts'
import { planAdoption } from './plan.ts'
import { outcomeOf, renderAdoption } from './report.ts'

await runMain(async (config) => {
  const found = await observe(config)
  const adoption = planAdoption(found)
  const applied = applyAdoption(adoption, found, config.options.write)
  const { secrets, ...shown } = adoption
  printResult(
    config,
    { outcome: outcomeOf(applied), ...shown, secrets: Object.keys(secrets), applied },
    renderAdoption(config.APP_DIR, adoption, applied),
  )
})
