import { attach } from './cli/io/attach.ts'
import { findContainers } from './docker/io/find-service.ts'
import { runMain } from './target/io/run-main.ts'

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
