import { candidateTag } from '../core/build.ts'
import { type Evidence, evidenceFile } from '../core/evidence.ts'
import { versionOf } from '../core/version.ts'
import { listTags } from '../io/engine.ts'
import { exec } from '../io/exec.ts'
import { readRevision } from '../io/git.ts'
import { appendLedger, readLedger } from '../io/ledger.ts'
import { takeLock } from '../io/lock.ts'
import { log } from '../io/log.ts'
import { printResult, runMain } from '../io/run-main.ts'
import { planTags } from './plan.ts'

await runMain(async (config) => {
  const { PROJECT, IMAGE_REPOSITORY, options } = config
  await takeLock(config, 'tag')
  const version = versionOf(await readRevision(options.ref))
  const tags = await listTags(IMAGE_REPOSITORY)
  const candidate = tags[candidateTag(config, version).slice(IMAGE_REPOSITORY.length + 1)]
  const tested = candidate !== undefined && readLedger<Evidence>(PROJECT, ...evidenceFile(candidate)) !== undefined
  const steps = planTags({ version, candidate, tested, tags }, options.force)
  for (const { tag, image, because } of steps) {
    log.step(`tag ${IMAGE_REPOSITORY}:${tag}`, because)
    await exec(['docker', 'image', 'tag', image, `${IMAGE_REPOSITORY}:${tag}`])
  }
  if (!tested) log.warn('tagged without evidence, as FORCE=1 asked')
  if (steps.length > 0)
    appendLedger(PROJECT, 'tags.jsonl', {
      version,
      image: candidate,
      tested,
      at: new Date().toISOString(),
      by: config.caller,
    })
  const outcome = steps.length === 0 ? 'unchanged' : 'tagged'
  printResult(
    config,
    { outcome, version, image: candidate, tags: steps.map(({ tag }) => tag) },
    `${outcome}: ${IMAGE_REPOSITORY}:${version}`,
  )
})
