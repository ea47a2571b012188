import { downArgv } from '../core/compose-argv.ts'
import { listContainers } from '../io/engine.ts'
import { exec } from '../io/exec.ts'
import { closeJournal } from '../io/journal.ts'
import { takeLock } from '../io/lock.ts'
import { printResult, runMain } from '../io/run-main.ts'

await runMain(async (config) => {
  const { PROJECT } = config
  await takeLock(config, 'down')
  const names = (await listContainers(PROJECT)).map(({ name }) => name)
  if (names.length > 0)
    await exec(downArgv(PROJECT), {
      follow: true,
    })
  closeJournal(PROJECT)
  const outcome = names.length > 0 ? 'stopped' : 'unchanged'
  printResult(
    config,
    { outcome, project: PROJECT, removed: names },
    `${outcome}: ${names.length > 0 ? `removed ${names.join(', ')}; the volumes stay` : 'nothing was running'}`,
  )
})
