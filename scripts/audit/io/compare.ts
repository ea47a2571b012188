import { Failure } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import { readPlainFile } from '../../cli/io/plain-file.ts'
import type { Config } from '../../config/io/read.ts'
import { readInventory } from '../../distribution/io/inventory.ts'
import { type Package, packagesOf } from '../../distribution/sbom.ts'
import { findImage } from '../../docker/io/engine.ts'
import { candidateTag } from '../../image/build.ts'
import { askedVersion, findTagged } from '../../release/io/choose-image.ts'
import { readBuilds } from '../../release/io/render.ts'
import { type Ignored, parseIgnored } from '../ignore.ts'
import type { Compared } from '../judge.ts'
import { Matcher, mergeFindings, subjectsOf } from '../match.ts'
import { openDatabase } from './database.ts'

/**
 * Compares the packages of a version's images, as their SBOMs list them, with the database of VULNERABILITIES. The caller has the
 * project's lock. Throws a Failure where such an image is not here, or the database cannot be read.
 */
export async function compareImage(config: Config): Promise<Compared> {
  const { PROJECT, VULNERABILITIES, options } = config
  const version = await askedVersion(config)
  const images: string[] = []
  const packages: Package[] = []
  for (const { repository } of await readBuilds(config)) {
    const built = options.version === undefined ? await findImage(candidateTag(repository, version)) : undefined
    const image = (built ?? (await findTagged({ IMAGE_REPOSITORY: repository }, version)))?.Id
    if (image === undefined)
      throw new Failure(`no image ${repository} of ${version} is on this engine`, {
        next: options.version === undefined ? 'make build audit' : 'make history, then VERSION= one that is here',
      })
    images.push(image)
    packages.push(...packagesOf(await readInventory(PROJECT, image)))
  }
  const { subjects, left } = subjectsOf(packages)
  const [matchers, missing]: [Matcher[], { reason: string; packages: number }[]] = [[], []]
  for (const [ecosystem, own] of subjects) {
    const records = await openDatabase(VULNERABILITIES, ecosystem)
    log.step(`compare ${own.length} packages of ${ecosystem}`, `with ${VULNERABILITIES}`)
    const matcher = new Matcher(ecosystem, own)
    for await (const record of records) matcher.add(record)
    if (matcher.records > 0) matchers.push(matcher)
    else missing.push({ reason: `${VULNERABILITIES} has no record of ${ecosystem}`, packages: own.length })
  }
  if (packages.length === 0) left.push({ reason: 'the image lists none', packages: 0 })
  else if (matchers.length === 0)
    throw new Failure(`no package of ${version} could be compared with VULNERABILITIES=${VULNERABILITIES}`, {
      detail: [...left, ...missing].map((one) => `${one.packages} packages: ${one.reason}`).join('\n'),
      next: "put OSV's files there (Debian/all.zip, PyPI/all.zip, npm/all.zip), then: make audit",
    })
  return {
    ...{ version, image: images[0] ?? '', left: [...left, ...missing] },
    packages: matchers.reduce((sum, { subjects }) => sum + subjects, 0),
    records: matchers.reduce((sum, { records }) => sum + records, 0),
    findings: mergeFindings(matchers.flatMap(({ findings }) => findings)),
    unclear: matchers.flatMap(({ unclear }) => unclear),
  }
}

/** The list of VULNERABILITY_IGNORE_FILE; empty without one. Throws a Failure where the file is missing or wrong. */
export function readIgnored({ VULNERABILITY_IGNORE_FILE: file }: Config): Ignored[] {
  if (file === '') return []
  const text = readPlainFile(file)
  if (text === undefined)
    throw new Failure(`VULNERABILITY_IGNORE_FILE=${JSON.stringify(file)} is not in the checkout`, {
      next: 'correct the path, or take the setting away, then: make audit',
    })
  return parseIgnored(text, file)
}
