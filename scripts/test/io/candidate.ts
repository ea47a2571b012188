import { catchSignals } from '../../cli/io/interrupt.ts'
import { log } from '../../cli/io/log.ts'
import type { Config } from '../../config/io/read.ts'
import { idsByService } from '../../image/builds.ts'
import { checkDockerfile } from '../../image/dockerfile-rules.ts'
import { covers, type Evidence, evidenceFile, isEvidence } from '../../image/evidence.ts'
import { readBuildInputs } from '../../image/io/build.ts'
import { findCandidates } from '../../image/io/candidates.ts'
import { keepReports, replaceTestReports, restoreReports } from '../../image/io/reports.ts'
import { pinImages, readBuilds, resolveCompose } from '../../release/io/render.ts'
import { readOrWarn, writeLedger } from '../../state/io/ledger.ts'
import { takeTestLock } from '../../state/io/lock.ts'
import { versionOf } from '../../version/version.ts'
import type { Tested } from '../report.ts'
import { findUnreached, readInputs } from './reach.ts'
import { testImage } from './suites.ts'

/**
 * Tests the image that was built from REF, unless it has passed before, and keeps the evidence in the ledger. As a part
 * of `make ship` it leaves out integration tests that no change since the last full test can reach. Throws a Failure
 * where no image was built, or a suite fails.
 */
export async function testCandidate(config: Config): Promise<Tested> {
  const { PROJECT, options, caller } = config
  const builds = await readBuilds(config)
  const tested = await readBuildInputs(config, builds, options.ref)
  const [input] = tested
  const breaches = tested.flatMap(({ file, dockerfile, target }) =>
    checkDockerfile(dockerfile, target).map(({ rule, line, says }) => `${file}:${line}: ${says} (${rule})`),
  )
  for (const breach of new Set(breaches)) log.warn(breach)
  const version = versionOf(input.revision)
  const { image, built } = await findCandidates(builds, version, 'make build test')
  // An image of another service that is missing is said here, and not by the test that first needs it.
  await pinImages(config, await resolveCompose(config, image), idsByService(builds, { '': image, ...built }))
  const file = evidenceFile(image)
  const selects = options.shipping && options.ref === undefined && !options.force.has('retest')
  const known = options.force.has('retest') ? undefined : readOrWarn(isEvidence, PROJECT, ...file)
  if (known && covers(known, built) && (selects || known.leftOut === undefined)) {
    restoreReports(PROJECT, image)
    return { outcome: 'unchanged', ...known }
  }
  await takeTestLock(config, 'test')
  catchSignals()
  replaceTestReports()
  const inputs = await readInputs(tested)
  const unreached = selects ? await findUnreached(config.APP_DIR, PROJECT, inputs) : []
  const leftOut = unreached.length > 0 ? unreached : undefined
  const suites = await testImage(config, tested, { image, built, leftOut })
  const at = { testedAt: new Date().toISOString(), testedBy: caller }
  const others = Object.keys(built).length > 0 ? built : undefined
  const evidence: Evidence = {
    image,
    built: others,
    version,
    revision: input.revision.commit,
    suites,
    inputs,
    leftOut,
    ...at,
  }
  keepReports(PROJECT, image)
  writeLedger(PROJECT, file, evidence)
  return { outcome: 'passed', ...evidence }
}
