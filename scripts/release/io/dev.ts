import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../../cli/failure.ts'
import { attach } from '../../cli/io/attach.ts'
import { log } from '../../cli/io/log.ts'
import { isAtHome, ofToolkit, TOOLKIT_FOLDER } from '../../cli/io/places.ts'
import type { Config } from '../../config/io/read.ts'
import { SAMPLE } from '../../config/settings.ts'
import { composeArgv } from '../../docker/compose-argv.ts'
import { candidateTag } from '../../image/build.ts'
import { inOrder } from '../../image/builds.ts'
import { buildImage, readBuildInputs } from '../../image/io/build.ts'
import { versionOf } from '../../version/version.ts'
import { composeEnvironment, readBuilds } from './render.ts'

/** Builds the application and serves it with its source mounted, until Ctrl-C. Gives the exit status of Compose. */
export async function serveSource(config: Config): Promise<number> {
  const { PROJECT, IMAGE_REPOSITORY, DEV_PORT } = config
  const file = composeFileOf(config)
  const builds = await readBuilds(config)
  const [app] = builds
  const needed = inOrder(builds, [app]).filter((one) => one !== app)
  const inputs = await readBuildInputs(config, [app, ...needed], undefined)
  const [input] = inputs
  const tag = `${IMAGE_REPOSITORY}:dev`
  const version = versionOf(input.revision)
  for (const one of inOrder(inputs)) await buildImage(one, one === input ? tag : candidateTag(one.repository, version))
  const env = composeEnvironment(config, tag)
  const compose = (...args: string[]) => attach(composeArgv(`${PROJECT}-dev`, [file], args), env)
  log.done(`${version} with its source mounted: http://localhost:${DEV_PORT} (Ctrl-C stops it)`)
  try {
    return await compose('up', '--remove-orphans')
  } finally {
    await compose('down')
  }
}

// Each application has its own way to mount its source and to reload it.
function composeFileOf({ APP_DIR }: Config): string {
  const own = join(APP_DIR, 'compose.dev.yaml')
  if (existsSync(own)) return own
  if (APP_DIR === SAMPLE) return ofToolkit('compose/dev.yaml')
  throw new Failure(`make dev needs ${own}: how ${APP_DIR} mounts its source and reloads it`, {
    next: `cp ${join(isAtHome() ? '.' : TOOLKIT_FOLDER, 'compose/dev.yaml')} ${own}, correct it (paths count from ${APP_DIR}), then: make dev`,
  })
}
