import { exec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import type { Config } from '../../config/io/read.ts'
import { listTags } from '../../docker/io/engine.ts'
import { appendLedger, readLedger } from '../../state/io/ledger.ts'
import { readRevision } from '../../version/io/git.ts'
import { versionOf } from '../../version/version.ts'
import { candidateTag } from '../build.ts'
import { evidenceFile, isEvidence } from '../evidence.ts'
import { planTags } from '../tags.ts'

export type Tagged = {
  readonly outcome: 'tagged' | 'unchanged'
  readonly version: string
  /** The image's id. */
  readonly image: string | undefined
  readonly tags: readonly string[]
}

/** Gives the image of REF its version tags, and records it. The caller holds the lock. */
export async function tagCandidate({ options, ...config }: Config): Promise<Tagged> {
  const { PROJECT, IMAGE_REPOSITORY } = config
  const version = versionOf(await readRevision(options.ref))
  const tags = await listTags(IMAGE_REPOSITORY)
  const candidate = tags[candidateTag(config, version).slice(IMAGE_REPOSITORY.length + 1)]
  const tested = candidate !== undefined && readLedger(isEvidence, PROJECT, ...evidenceFile(candidate)) !== undefined
  const steps = planTags({ version, candidate, tested, tags }, options.force.has('untested'))
  for (const { tag, image, because } of steps) {
    log.step(`tag ${IMAGE_REPOSITORY}:${tag}`, because)
    await exec(['docker', 'image', 'tag', image, `${IMAGE_REPOSITORY}:${tag}`])
  }
  if (!tested) log.warn('tagged without evidence, as FORCE=untested asked')
  const record = { version, image: candidate, tested, at: new Date().toISOString(), by: config.caller }
  if (steps.length > 0) appendLedger(PROJECT, 'tags.jsonl', record)
  const outcome = steps.length === 0 ? 'unchanged' : 'tagged'
  return { outcome, version, image: candidate, tags: steps.map(({ tag }) => tag) }
}
