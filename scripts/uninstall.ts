import { applyRemoval, findRemoval } from './adopt/io/remove.ts'
import { agrees } from './cli/io/ask.ts'
import { printResult } from './cli/io/result.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  const removal = findRemoval()
  const lines = Object.entries(removal).map(([file, text]) => `  ${file}${text === undefined ? '' : ' (some lines)'}`)
  const show = (outcome: string, next: string) =>
    printResult(
      config,
      { outcome, files: ['.dartagnan', ...Object.keys(removal)] },
      [`${outcome}:`, '  .dartagnan', ...lines, next].join('\n'),
    )
  if (!config.options.write) {
    show('proposed', '  next: make uninstall WRITE=1')
    if (!(await agrees('Remove these?'))) return
  }
  // The shell around this container removes the toolkit once the Makefile has no line for it.
  applyRemoval(removal)
  show('removed', `what runs stays: docker ps --filter label=com.docker.compose.project=${config.PROJECT}`)
})
