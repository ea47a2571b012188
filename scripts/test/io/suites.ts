import { join, resolve } from 'node:path'
import { shortId } from '../../cli/digest.ts'
import { Failure } from '../../cli/failure.ts'
import { attach } from '../../cli/io/attach.ts'
import { tryExec } from '../../cli/io/exec.ts'
import { checkSignals } from '../../cli/io/interrupt.ts'
import { log } from '../../cli/io/log.ts'
import { isAtHome, ofToolkit } from '../../cli/io/places.ts'
import type { Config } from '../../config/io/read.ts'
import { type BuildInput, imageArg } from '../../image/build.ts'
import { parseDockerfile } from '../../image/dockerfile.ts'
import type { Evidence, Suite } from '../../image/evidence.ts'
import { buildImage } from '../../image/io/build.ts'
import { readLock } from '../../image/io/images.ts'
import { REPORTS } from '../../image/io/reports.ts'
import { HOME, vitestArgv } from '../../image/junit.ts'
import { testRun } from '../../state/io/lock.ts'
import { runApplicationTests } from './application.ts'

/**
 * Runs the application's own suite (the `test` stage of its Dockerfile), then the integration tests against the image
 * itself, without those of `leftOut`. Throws a Failure at the first suite that fails.
 */
export async function testImage(
  config: Config,
  input: BuildInput,
  { image, leftOut = [] }: Pick<Evidence, 'image' | 'leftOut'>,
): Promise<Suite[]> {
  const suites: Suite[] = []
  // With JSON=1, stdout is for one document.
  const out = config.options.json ? 2 : 'inherit'
  const run = async (name: string, suite: () => Promise<number>) => {
    const started = performance.now()
    const status = await suite()
    checkSignals()
    if (status !== 0)
      throw new Failure(
        `the ${name} tests of ${shortId(image)} fail: no evidence is kept, so the image cannot be tagged`,
        {
          next: 'fix what failed, then: make build test',
        },
      )
    suites.push({ name, seconds: Math.round((performance.now() - started) / 100) / 10 })
  }
  const images = Object.fromEntries(
    Object.entries(readLock()).map(([name, { reference }]) => [imageArg(name), reference]),
  )
  const tag = `${config.IMAGE_REPOSITORY}:build-tests`
  await using _ = {
    [Symbol.asyncDispose]: async () => void (await tryExec(['docker', 'image', 'rm', '--force', tag], { quiet: true })),
  }
  const stage = parseDockerfile(input.dockerfile).stages.find(({ name }) => name.toLowerCase() === 'test')
  if (stage) {
    await buildImage({ ...input, target: stage.name, testRun: testRun(config.PROJECT) }, tag)
    // A stage without a command of its own ran its tests during the build; its container would start the application.
    await run('application', () =>
      stage.ownCommand ? runApplicationTests(config.PROJECT, tag, out) : Promise.resolve(0),
    )
  } else log.warn(`${config.APP_DIR}/Dockerfile has no stage named test: the application's own tests do not run`)
  const env = {
    ...images,
    IMAGE_UNDER_TEST: image,
    TEST_IMAGE: tag,
    APP_DIR: config.APP_DIR,
    TESTS: resolve(config.APP_DIR, 'tests'),
    DARTAGNAN_CHECK: testRun(config.PROJECT),
  }
  const without = leftOut.flatMap(({ path }) => ['--exclude', join(config.APP_DIR, path)])
  await run('integration', () => attach([...vitestArgv('image', 'integration', places()), ...without], env, out))
  return suites
}

// A project's toolkit has its packages at the root of its image.
const places = () =>
  isAtHome() ? HOME : { root: ofToolkit('.'), vitest: '/node_modules/.bin/vitest', reports: resolve(REPORTS) }
