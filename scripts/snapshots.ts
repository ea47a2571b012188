import { reportSnapshots } from './data/io/report-snapshots.ts'
import { listSnapshots } from './data/io/repository.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => reportSnapshots(config, (await listSnapshots(config)).snapshots))
