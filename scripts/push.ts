import { printResult } from './cli/io/result.ts'
import { pushVersion } from './distribution/io/push.ts'
import { readBuilds } from './release/io/render.ts'
import { takeLock } from './state/io/lock.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  await takeLock(config, 'push')
  const pushed = await pushVersion(config, await readBuilds(config))
  const { outcome, version, digest } = pushed
  printResult(config, pushed, `${outcome}: ${config.IMAGE_REPOSITORY}:${version}, ${digest}`)
})
