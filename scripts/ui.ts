import { serveReport } from './report/io/serve.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(serveReport)
