import { Failure } from '../core/failure.ts'
import { APP } from '../core/release.ts'
import { attach } from '../io/exec.ts'
import { runMain } from '../io/run-main.ts'
import { findContainers } from '../io/service.ts'

await runMain(async ({ PROJECT, options }) => {
  const running = (await findContainers(PROJECT, options.service ?? APP)).find(({ status }) => status === 'running')
  if (!running) throw new Failure(`no container of ${options.service ?? APP} is running`, { next: 'make deploy' })
  const terminal = process.stdin.isTTY ? ['--interactive', '--tty'] : ['--interactive']
  process.exitCode = await attach(['docker', 'exec', ...terminal, running.name, 'sh'])
})
