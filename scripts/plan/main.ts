import { planVersion } from '../io/plan-version.ts'
import { printResult, runMain } from '../io/run-main.ts'
import { renderPlan } from './report.ts'

await runMain(async (config) => {
  const { release, steps, fingerprint } = await planVersion(config)
  const { version, revision, id } = release.image
  const document = { version, revision, image: id, release: release.id, fingerprint, steps }
  printResult(config, document, renderPlan(release, steps, fingerprint))
})
