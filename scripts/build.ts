import { log } from './cli/io/log.ts'
import { printResult } from './cli/io/result.ts'
import { findImage } from './docker/io/engine.ts'
import { candidateTag } from './image/build.ts'
import { renderBuilt } from './image/build-report.ts'
import { buildImage, readBuildInput } from './image/io/build.ts'
import { runMain } from './target/io/run-main.ts'
import { versionOf } from './version/version.ts'

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
