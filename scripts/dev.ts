import { existsSync } from 'node:fs'
import { Failure } from './cli/failure.ts'
import { attach } from './cli/io/exec.ts'
import { log } from './cli/io/log.ts'
import { SAMPLE } from './config/settings.ts'
import { buildImage, readBuildInput } from './image/io/build.ts'
import { composeEnvironment } from './release/io/render.ts'
import { runMain } from './target/io/run-main.ts'
import { versionOf } from './version/version.ts'

await runMain(async (config) => {
  // How a source is mounted and reloads is each application's own.
  const own = `${config.APP_DIR}/compose.dev.yaml`
  const file = existsSync(own) ? own : 'compose/dev.yaml'
  if (file !== own && config.APP_DIR !== SAMPLE)
    throw new Failure(`make dev needs ${own}: how ${config.APP_DIR} mounts its source and reloads it`, {
      next: `cp compose/dev.yaml ${own}, correct it (paths count from ${config.APP_DIR}), then: make dev`,
    })
  const input = await readBuildInput(config, undefined)
  const tag = `${config.IMAGE_REPOSITORY}:dev`
  await buildImage(input, tag)
  const project = ['--project-name', `${config.PROJECT}-dev`, '--env-file', '/dev/null', '-f', file] as const
  const compose = ['docker', 'compose', ...project] as const
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
