import { shortId } from '../../cli/digest.ts'
import { Failure } from '../../cli/failure.ts'
import { attach, exec } from '../../cli/io/exec.ts'
import { checkSignals } from '../../cli/io/interrupt.ts'
import { log } from '../../cli/io/log.ts'
import type { Config } from '../../config/io/read.ts'
import { type BuildInput, imageArg } from '../../image/build.ts'
import { parseDockerfile } from '../../image/dockerfile.ts'
import type { Suite } from '../../image/evidence.ts'
import { buildImage } from '../../image/io/build.ts'
import { readLock } from '../../image/io/images.ts'
import { vitestArgv } from '../../image/junit.ts'
import { runApplicationTests } from './application.ts'

/**
 * Runs the suite that the application brings (its Dockerfile's `test` stage), then the integration tests against the
 * very image. Throws a Failure at the first that does not pass.
 */
export async function testImage(config: Config, input: BuildInput, image: string): Promise<Suite[]> {
  const suites: Suite[] = []
  const run = async (name: string, suite: () => Promise<number>) => {
    const started = performance.now()
    const status = await suite()
    checkSignals()
    if (status !== 0)
      throw new Failure(`the ${name} tests of ${shortId(image)} fail: no evidence is kept, so it cannot be tagged`, {
        next: 'correct it, then: make build test',
      })
    suites.push({ name, seconds: Math.round((performance.now() - started) / 100) / 10 })
  }
  const images = Object.fromEntries(
    Object.entries(readLock()).map(([name, { reference }]) => [imageArg(name), reference]),
  )
  const tag = `${config.IMAGE_REPOSITORY}:build-tests`
  const stage = parseDockerfile(input.dockerfile).stages.find(({ name }) => name.toLowerCase() === 'test')
  if (stage) {
    await buildImage({ ...input, target: stage.name }, tag)
    // Without a command of its own it has run its tests in the build, and its container would serve.
    await run('application', () => (stage.ownCommand ? runApplicationTests(config.PROJECT, tag) : Promise.resolve(0)))
  } else log.warn(`${config.APP_DIR}/Dockerfile has no stage named test: the application's own suite is not run`)
  const env = { ...images, IMAGE_UNDER_TEST: image, TEST_IMAGE: tag, APP_DIR: config.APP_DIR }
  await run('integration', () => attach(vitestArgv('image', 'integration'), env))
  await exec(['docker', 'image', 'rm', '--force', tag], { quiet: true })
  return suites
}
