import { printResult } from './cli/io/result.ts'
import { tagCandidate } from './image/io/tag.ts'
import { readBuilds } from './release/io/render.ts'
import { takeLock } from './state/io/lock.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  await takeLock(config, 'tag')
  const tagged = await tagCandidate(config, await readBuilds(config))
  printResult(config, tagged, `${tagged.outcome}: ${config.IMAGE_REPOSITORY}:${tagged.version}`)
})
