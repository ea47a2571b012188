import { attach } from './cli/io/attach.ts'
import { findContainers } from './docker/io/find-service.ts'
import { runMain } from './target/io/run-main.ts'

// Of the gate's log, which is that of all projects, the lines of this one.
const OWN_LINES = '"$@" | { grep --line-buffered -F "\\"project\\":\\"$0\\"" || true; }'

await runMain(async ({ PROJECT, GATE, HOSTS, options }) => {
  const ofGate = HOSTS !== '' && ['gate', 'certificates'].includes(options.service ?? '')
  const project = ofGate ? GATE : PROJECT
  const services = new Set((await findContainers(project, options.service)).map(({ service }) => service))
  const ansi = process.stdout.isTTY ? 'auto' : 'never'
  const follow = options.follow ? ['--follow'] : []
  await attach([
    ...((options.service === 'gate' && ofGate ? ['sh', '-c', OWN_LINES, PROJECT] : []) as []),
    ...(['docker', 'compose', '--ansi', ansi, '--project-name', project, 'logs'] as const),
    ...['--tail', ofGate ? '1000' : '100', ...follow, ...services],
  ])
})
