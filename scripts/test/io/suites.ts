import { join, resolve } from 'node:path'
import { shortId } from '../../cli/digest.ts'
import { Failure } from '../../cli/failure.ts'
import { show } from '../../cli/io/attach.ts'
import { tryExec } from '../../cli/io/exec.ts'
import { checkSignals } from '../../cli/io/interrupt.ts'
import { log } from '../../cli/io/log.ts'
import { isAtHome, ofToolkit } from '../../cli/io/places.ts'
import { readPlainFile } from '../../cli/io/plain-file.ts'
import { quoteOutput } from '../../cli/io/screen.ts'
import type { Config } from '../../config/io/read.ts'
import { type BuildInput, imageArg } from '../../image/build.ts'
import { parseDockerfile } from '../../image/dockerfile.ts'
import type { Evidence, Suite } from '../../image/evidence.ts'
import { buildImage } from '../../image/io/build.ts'
import { readLock } from '../../image/io/images.ts'
import { REPORTS } from '../../image/io/reports.ts'
import { firstFailure, HOME, junitName, vitestArgv } from '../../image/junit.ts'
import { testRun } from '../../state/io/lock.ts'
import { runApplicationTests } from './application.ts'

// Some end without a database that a person makes, or data that are to be copied.
const EMPTY =
  '   (its data are empty here; where it ends without some that a person makes: make tag deploy FORCE=untested)'

/**
 * Runs the own suite of the application, and of each other image (the `test` stage of their Dockerfiles), then the integration tests
 * against the images themselves, without those of `leftOut`. Throws a Failure at the first suite that fails.
 */
export async function testImage(
  config: Config,
  inputs: readonly BuildInput[],
  { image, built = {}, leftOut = [] }: Pick<Evidence, 'image' | 'built' | 'leftOut'>,
): Promise<Suite[]> {
  const suites: Suite[] = []
  const run = async (name: string, suite: () => Promise<number>) => {
    const started = performance.now()
    log.doing(`the ${name} tests`)
    const status = await suite()
    checkSignals()
    if (status !== 0) {
      const why = firstFailure(readPlainFile(join(places().reports, junitName(name)), 50_000_000) ?? '')
      throw new Failure(
        `the ${name} tests of ${shortId(image)} fail: no evidence is kept, so the image cannot be tagged`,
        {
          detail: quoteOutput(60),
          next: `fix what failed${why ? ` (${why})` : ''}, then: make build test${/\bexited with\b/.test(why ?? '') ? EMPTY : ''}`,
        },
      )
    }
    suites.push({ name, seconds: Math.round((performance.now() - started) / 100) / 10 })
  }
  const images = Object.fromEntries(
    Object.entries(readLock()).map(([name, { reference }]) => [imageArg(name), reference]),
  )
  const tag = `${config.IMAGE_REPOSITORY}:build-tests`
  await using _ = {
    [Symbol.asyncDispose]: async () => void (await tryExec(['docker', 'image', 'rm', '--force', tag], { quiet: true })),
  }
  for (const input of ownTests(inputs)) {
    const { name, file, dockerfile } = input
    const stage = parseDockerfile(dockerfile).stages.find((one) => one.name.toLowerCase() === 'test')
    if (!stage) {
      if (name === '') log.warn(`${file} has no stage named test: the application's own tests do not run`)
      continue
    }
    log.doing(`build the ${name || 'application'} tests`)
    await buildImage({ ...input, target: stage.name, testRun: testRun(config.PROJECT) }, tag)
    // A stage without a command of its own ran its tests during the build; its container would start the application.
    await run(name || 'application', () =>
      stage.ownCommand ? runApplicationTests(config.PROJECT, { image: tag, build: name }) : Promise.resolve(0),
    )
  }
  const env = {
    ...images,
    IMAGE_UNDER_TEST: image,
    TEST_IMAGE: tag,
    IMAGES_BESIDE: JSON.stringify(built),
    APP_DIR: config.APP_DIR,
    TESTS: resolve(config.APP_DIR, 'tests'),
    DARTAGNAN_CHECK: testRun(config.PROJECT),
  }
  const without = leftOut.flatMap(({ path }) => ['--exclude', join(config.APP_DIR, path)])
  await run('integration', () => show([...vitestArgv('image', 'integration', places()), ...without], env))
  return suites
}

// Images of the same Dockerfile have one suite; the application's comes last, because its image serves the integration tests.
const ownTests = (inputs: readonly BuildInput[]): BuildInput[] =>
  inputs
    .filter(
      (one, index) => index === inputs.findIndex(({ context, file }) => context === one.context && file === one.file),
    )
    .toReversed()

// A project's toolkit has its packages at the root of its image.
const places = () =>
  isAtHome() ? HOME : { root: ofToolkit('.'), vitest: '/node_modules/.bin/vitest', reports: resolve(REPORTS) }
