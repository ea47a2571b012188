import { versionOf } from '../core/version.ts'
import { buildImage, readBuildInput } from '../io/build.ts'
import { composeEnvironment } from '../io/compose.ts'
import { attach } from '../io/exec.ts'
import { log } from '../io/log.ts'
import { runMain } from '../io/run-main.ts'

await runMain(async (config) => {
  const input = await readBuildInput(config, undefined)
  const tag = `${config.IMAGE_REPOSITORY}:dev`
  await buildImage(input, tag)
  const compose = [
    'docker',
    'compose',
    '--project-name',
    `${config.PROJECT}-dev`,
    '--env-file',
    '/dev/null',
    '-f',
    'compose/dev.yaml',
  ] as const
  const env = composeEnvironment(config, tag)
  log.done(
    `${versionOf(input.revision)} with its source mounted: http://localhost:${config.DEV_PORT} (Ctrl-C stops it)`,
  )
  try {
    process.exitCode = await attach([...compose, 'up', '--remove-orphans'], env)
  } finally {
    await attach([...compose, 'down'], env)
  }
})
