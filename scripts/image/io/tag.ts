import { exec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import type { Config } from '../../config/io/read.ts'
import { listTags } from '../../docker/io/engine.ts'
import { appendLedger, readLedger } from '../../state/io/ledger.ts'
import { readRevision } from '../../version/io/git.ts'
import { versionOf } from '../../version/version.ts'
import type { Builds } from '../builds.ts'
import { covers, evidenceFile, isEvidence } from '../evidence.ts'
import { planTags, type TagStep } from '../tags.ts'
import { findCandidates } from './candidates.ts'

export type Tagged = {
  readonly outcome: 'tagged' | 'unchanged'
  readonly version: string
  /** The image's id. */
  readonly image: string
  readonly tags: readonly string[]
}

/**
 * Gives the images of REF their version tags, and records it. The application's comes last: a version that has its tag is complete. The
 * caller holds the lock.
 */
export async function tagCandidate({ options, ...config }: Config, builds: Builds): Promise<Tagged> {
  const { PROJECT } = config
  const version = versionOf(await readRevision(options.ref))
  const { image, built } = await findCandidates(builds, version, 'make build test tag')
  const evidence = readLedger(isEvidence, PROJECT, ...evidenceFile(image))
  const tested = evidence !== undefined && covers(evidence, built)
  const ids: Record<string, string> = { ...built, '': image }
  // All are planned before any is set: one that may not be set leaves the others, too.
  const steps: (TagStep & { readonly name: string })[] = []
  for (const { name, repository } of builds.toReversed()) {
    const observed = { version, candidate: ids[name] ?? image, tested, tags: await listTags(repository) }
    for (const step of planTags(observed, options.force.has('untested')))
      steps.push({ ...step, name: `${repository}:${step.tag}` })
  }
  for (const { name, image, because } of steps) {
    log.step(`tag ${name}`, because)
    await exec(['docker', 'image', 'tag', image, name])
  }
  if (!tested) log.warn('tagged without evidence, as FORCE=untested asked')
  const record = {
    version,
    image,
    ...(builds.length > 1 ? { built } : {}),
    tested,
    at: new Date().toISOString(),
    by: config.caller,
  }
  if (steps.length > 0) appendLedger(PROJECT, 'tags.jsonl', record)
  const outcome = steps.length === 0 ? 'unchanged' : 'tagged'
  return { outcome, version, image, tags: [...new Set(steps.map(({ tag }) => tag))] }
}
