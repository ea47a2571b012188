import { attach } from './cli/io/attach.ts'
import { wantsJson } from './config/io/read.ts'
import { findContainers } from './docker/io/find-service.ts'
import { runMain } from './target/io/run-main.ts'

// Compose begins each line with the order to clear it, also where no terminal is.
const PLAIN = '"$@" | sed -u "s/\\x1b\\[2K//g"'
// Of the gate's log, which is that of all projects, the lines of this one.
const OWN_LINES = `${PLAIN} | { grep --line-buffered -F "\\"project\\":\\"$0\\"" || true; }`

await runMain(async ({ PROJECT, GATE, HOSTS, options }) => {
  const ofGate = HOSTS !== '' && ['gate', 'certificates'].includes(options.service ?? '')
  const project = ofGate ? GATE : PROJECT
  const services = new Set((await findContainers(project, options.service)).map(({ service }) => service))
  const isTerminal = process.stdout.isTTY
  const pipe = options.service === 'gate' && ofGate ? OWN_LINES : isTerminal ? undefined : PLAIN
  const follow = options.follow ? ['--follow'] : []
  const bare = wantsJson() ? ['--no-log-prefix'] : []
  await attach([
    ...((pipe ? ['bash', '-o', 'pipefail', '-c', pipe, PROJECT] : []) as []),
    ...(['docker', 'compose', '--ansi', isTerminal ? 'auto' : 'never', '--project-name', project, 'logs'] as const),
    ...['--tail', ofGate ? '1000' : '100', ...follow, ...bare, ...services],
  ])
})
