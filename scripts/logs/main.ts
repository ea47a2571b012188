import { attach } from '../io/exec.ts'
import { runMain } from '../io/run-main.ts'
import { findContainers } from '../io/service.ts'

await runMain(async ({ PROJECT, options }) => {
  const services = new Set((await findContainers(PROJECT, options.service)).map(({ service }) => service))
  const follow = options.follow ? ['--follow'] : []
  await attach([
    'docker',
    'compose',
    '--ansi',
    process.stdout.isTTY ? 'auto' : 'never',
    '--project-name',
    PROJECT,
    'logs',
    '--tail',
    '100',
    ...follow,
    ...services,
  ])
})
