import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { shortId } from '../../cli/digest.ts'
import { renderBytes } from '../../cli/table.ts'
import type { Config } from '../../config/io/read.ts'
import { findImage, listTags } from '../../docker/io/engine.ts'
import { candidateTag } from '../../image/build.ts'
import { evidenceFile, isEvidence } from '../../image/evidence.ts'
import { REPORTS } from '../../image/io/reports.ts'
import { countTests } from '../../image/junit.ts'
import { readOrWarn } from '../../state/io/ledger.ts'

/** What the steps of a run have come to, by their targets: the image, its tests, its tags, and where it was pushed to. */
export async function readMade(
  { PROJECT, IMAGE_REPOSITORY }: Config,
  version: string,
): Promise<Record<string, string>> {
  const image = await findImage(candidateTag(IMAGE_REPOSITORY, version))
  if (!image) return {}
  const evidence = readOrWarn(isEvidence, PROJECT, ...evidenceFile(image.Id))
  const tags = Object.entries(await listTags(IMAGE_REPOSITORY)).flatMap(([tag, id]) =>
    id === image.Id && !tag.startsWith('build-') ? [tag] : [],
  )
  return {
    build: `image ${shortId(image.Id)} (${renderBytes(image.Size)})`,
    test: (evidence?.suites ?? []).map(({ name, seconds }) => `${name} ${countOf(name)} in ${seconds} s`).join(', '),
    tag: `${IMAGE_REPOSITORY}:${tags.join(', ')}`,
    push: `${IMAGE_REPOSITORY}:${version}`,
  }
}

function countOf(suite: string): string {
  const texts = readdirSync(REPORTS)
    .filter((name) => name.startsWith(`junit-${suite}`))
    .map((name) => readFileSync(join(REPORTS, name), 'utf8'))
  const count = texts.reduce((sum, text) => sum + countTests(text), 0)
  return `${count} ${count === 1 ? 'test' : 'tests'}`
}
