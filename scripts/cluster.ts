import { showCluster } from './swarm/io/cluster.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(showCluster)
