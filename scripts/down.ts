import { exec } from './cli/io/exec.ts'
import { printResult } from './cli/io/result.ts'
import { downArgv } from './docker/compose-argv.ts'
import { listContainers } from './docker/io/engine.ts'
import { takeLock } from './state/io/lock.ts'
import { closeRunLog } from './state/io/run-log.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  const { PROJECT } = config
  await takeLock(config, 'down')
  const names = (await listContainers(PROJECT)).map(({ name }) => name)
  if (names.length > 0)
    await exec(downArgv(PROJECT), {
      follow: true,
    })
  closeRunLog(PROJECT)
  const outcome = names.length > 0 ? 'stopped' : 'unchanged'
  printResult(
    config,
    { outcome, project: PROJECT, removed: names },
    `${outcome}: ${names.length > 0 ? `removed ${names.join(', ')}; the volumes stay` : 'nothing was running'}`,
  )
})
