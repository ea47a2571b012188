import { planDeploy } from './rollout/io/show-plan.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(planDeploy, 'refused')
