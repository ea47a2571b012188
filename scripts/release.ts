import { printResult } from './cli/io/result.ts'
import { runMain } from './target/io/run-main.ts'
import { publishVersion } from './version/io/publish.ts'
import { renderPublished } from './version/publish-report.ts'

await runMain(async (config) => {
  const { branch, ...published } = await publishVersion(config)
  printResult(config, published, renderPublished(published, branch))
}, 'refused')
