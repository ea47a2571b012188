import { printResult } from './cli/io/result.ts'
import { renderBuilt } from './image/build-report.ts'
import { buildCandidate } from './image/io/build.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  const built = await buildCandidate(config)
  printResult(config, built, renderBuilt(built))
})
