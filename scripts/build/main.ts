import { candidateTag } from '../core/build.ts'
import { versionOf } from '../core/version.ts'
import { buildImage, readBuildInput } from '../io/build.ts'
import { findImage } from '../io/engine.ts'
import { log } from '../io/log.ts'
import { printResult, runMain } from '../io/run-main.ts'
import { renderBuilt } from './report.ts'

await runMain(async (config) => {
  const input = await readBuildInput(config, config.options.ref)
  const version = versionOf(input.revision)
  if (input.revision.dirtyTree)
    log.warn(`files differ from commit ${input.revision.commit.slice(0, 7)}: building them as they are, as ${version}`)
  const tag = candidateTag(config, version)
  const before = await findImage(tag)
  const id = await buildImage({ ...input, noCache: config.options.noCache }, tag)
  const after = await findImage(id)
  const built = {
    outcome: before?.Id === id ? 'unchanged' : 'built',
    version,
    revision: input.revision.commit,
    image: id,
    size: after?.Size ?? 0,
  } as const
  printResult(config, built, renderBuilt(built))
})
