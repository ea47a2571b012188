import { printResult } from './cli/io/result.ts'
import { upgradeToolkit } from './setup/io/upgrade.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  const upgraded = await upgradeToolkit(config.PROJECT, config.options.version)
  const { outcome, from, to, changes } = upgraded
  const next = `  next: make setup status   (then: git commit -m "Upgrade d'Artagnan to ${to}")`
  const text = outcome === 'unchanged' ? `unchanged: ${to}` : `${changes}\nupgraded: ${from} → ${to}\n${next}`
  printResult(config, upgraded, text.trimStart())
})
