import { applyAdoption } from './adopt/io/apply.ts'
import { observe } from './adopt/io/observe.ts'
import { planAdoption } from './adopt/plan.ts'
import { openIn, outcomeOf, renderAdoption } from './adopt/report.ts'
import { printResult } from './cli/io/result.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  const tree = await observe(config)
  const adoption = planAdoption(tree)
  const applied = applyAdoption(adoption, config.options.write)
  const { secrets, ...shown } = adoption
  printResult(
    config,
    { outcome: outcomeOf(adoption, applied), ...shown, secrets: Object.keys(secrets), applied },
    renderAdoption(adoption, applied, {
      write: `make adopt APP_DIR=${tree.dir} WRITE=1`,
      after: 'make setup ship',
    }),
  )
  process.exitCode = openIn(adoption) > 0 ? 1 : 0
})
