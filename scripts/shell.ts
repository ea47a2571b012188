import { Failure } from './cli/failure.ts'
import { attach } from './cli/io/attach.ts'
import { APP } from './docker/compose-model.ts'
import { findContainers } from './docker/io/find-service.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async ({ PROJECT, options }) => {
  const running = (await findContainers(PROJECT, options.service ?? APP)).find(({ status }) => status === 'running')
  if (!running) throw new Failure(`no container of ${options.service ?? APP} is running`, { next: 'make deploy' })
  const terminal = process.stdin.isTTY ? ['--interactive', '--tty'] : ['--interactive']
  // Make would have a line of its own for any other status.
  process.exitCode = (await attach(['docker', 'exec', ...terminal, running.name, 'sh'])) === 0 ? 0 : 1
})
