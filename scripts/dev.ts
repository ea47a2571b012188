import { serveSource } from './release/io/dev.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  process.exitCode = await serveSource(config)
})
