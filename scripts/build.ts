import { printResult } from './cli/io/result.ts'
import { renderBuilt } from './image/build-report.ts'
import { buildCandidate } from './image/io/build.ts'
import { readBuilds } from './release/io/render.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  const built = await buildCandidate(config, readBuilds(config))
  printResult(config, built, renderBuilt(built))
})
