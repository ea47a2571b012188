import { type BuildInput, imageArg } from '../core/build.ts'
import { shortId } from '../core/digest.ts'
import { parseDockerfile } from '../core/dockerfile.ts'
import type { Suite } from '../core/evidence.ts'
import { Failure } from '../core/failure.ts'
import { vitestArgv } from '../core/reports.ts'
import { buildImage } from '../io/build.ts'
import type { Config } from '../io/config.ts'
import { attach, exec } from '../io/exec.ts'
import { readLock } from '../io/images.ts'
import { checkSignals } from '../io/interrupt.ts'
import { log } from '../io/log.ts'
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
