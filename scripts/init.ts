import { applyAdoption } from './adopt/io/apply.ts'
import { observe } from './adopt/io/observe.ts'
import { readRepository } from './adopt/io/repository.ts'
import { planInit } from './adopt/own.ts'
import { planAdoption } from './adopt/plan.ts'
import { openIn, outcomeOf, renderAdoption } from './adopt/report.ts'
import { agrees, answer } from './cli/io/ask.ts'
import { printResult } from './cli/io/result.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  const found = await observe(config)
  const first = planAdoption(found)
  const others = first.rivals.join(', ')
  const asked = others && (await answer(`Which service is the application, if not the first: ${others}?`))
  const tree = asked ? { ...found, service: asked } : found
  const adoption = asked ? planAdoption(tree) : first
  const init = planInit(adoption, await readRepository(config, adoption, tree))
  const show = (write: boolean) => {
    const applied = applyAdoption(init, write)
    const { secrets, ...shown } = init
    const outcome = outcomeOf(init, applied)
    const next = { write: 'the same command with WRITE=1 before it', after: 'git add -A && make ship' }
    const document = { outcome, ...shown, secrets: Object.keys(secrets), applied }
    printResult(config, document, renderAdoption(init, applied, next))
    process.exitCode = openIn(init) > 0 ? 1 : 0
    return outcome
  }
  if (show(config.options.write) === 'proposed' && (await agrees('Write these files?'))) show(true)
})
