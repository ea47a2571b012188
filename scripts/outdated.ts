import { printResult } from './cli/io/result.ts'
import { moveLocks } from './outdated/io/apply.ts'
import { observe } from './outdated/io/observe.ts'
import { outcomeOf, renderOutdated } from './outdated/report.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  const rows = await observe(config)
  const moved = config.options.update ? rows.filter(({ update }) => update !== '') : []
  if (moved.length > 0) await moveLocks(config, moved)
  const outcome = moved.length > 0 ? 'updated' : outcomeOf(rows)
  printResult(
    config,
    { outcome, rows, moved: moved.map(({ kind, name }) => ({ kind, name })) },
    renderOutdated(rows, moved),
  )
})
