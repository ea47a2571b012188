import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { written } from './cli/io/places.ts'
import { printResult } from './cli/io/result.ts'
import { askRepository, gatherReport } from './report/io/gather.ts'
import { requireOwnEngine } from './report/io/serve.ts'
import { renderPage } from './report/page.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  requireOwnEngine(config, 'report')
  const file = written('reports/report.html')
  const report = await gatherReport(config, await askRepository(config))
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, renderPage(report))
  printResult(config, { outcome: 'written', file }, `written: ${file}`)
})
