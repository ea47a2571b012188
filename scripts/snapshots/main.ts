import { renderSnapshots } from '../core/snapshot.ts'
import { listSnapshots, readProofs } from '../io/data/repository.ts'
import { printResult, runMain } from '../io/run-main.ts'

await runMain(async (config) => {
  const { snapshots } = await listSnapshots(config)
  const proofs = readProofs(config.PROJECT)
  const rows = snapshots.map((one) => ({ ...one, verified: proofs.find(({ id }) => id === one.id)?.at ?? null }))
  printResult(config, { snapshots: rows }, renderSnapshots(snapshots, proofs, Date.now()))
})
