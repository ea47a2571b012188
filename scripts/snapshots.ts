import { printResult } from './cli/io/result.ts'
import { listSnapshots, readVerifications } from './data/io/repository.ts'
import { renderSnapshots } from './data/snapshots-report.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  const { snapshots } = await listSnapshots(config)
  const verifications = readVerifications(config.PROJECT)
  const rows = snapshots.map((one) => ({ ...one, verified: verifications.find(({ id }) => id === one.id)?.at ?? null }))
  printResult(config, { snapshots: rows }, renderSnapshots(snapshots, verifications, Date.now()))
})
