import { migrateToCompose } from './swarm/io/migrate.ts'
import { runMain } from './target/io/run-main.ts'

// With ORCHESTRATOR=swarm the way is the other one.
await runMain(migrateToCompose, 'refused')
