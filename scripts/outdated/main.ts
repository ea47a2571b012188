import { printResult, runMain } from '../io/run-main.ts'
import { moveLocks } from './apply.ts'
import { observe } from './observe.ts'
import { outcomeOf, renderOutdated } from './report.ts'

await runMain(async (config) => {
  const rows = await observe(config)
  const moved = config.options.update ? rows.filter(({ update }) => update !== '') : []
  if (moved.length > 0) await moveLocks(moved)
  const outcome = moved.length > 0 ? 'updated' : outcomeOf(rows)
  printResult(
    config,
    { outcome, rows, moved: moved.map(({ kind, name }) => ({ kind, name })) },
    renderOutdated(rows, moved),
  )
})
