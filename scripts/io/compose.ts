import { parse } from 'yaml'
import { type ComposeModel, type Image, makeRelease, type Release } from '../core/release.ts'
import type { Config } from './config.ts'
import type { Argv, ExecOptions } from './exec.ts'
import { exec } from './exec.ts'
import { lockedImage, proxyTag } from './images.ts'
import { ledgerPath, readLedger, writeLedger } from './ledger.ts'

/** The release of an image under the checkout's Compose file and settings. */
export async function renderRelease(config: Config, image: Image): Promise<Release> {
  return makeRelease(await resolveCompose(config, image.id), image)
}

/** The checkout's Compose file with every value filled in, for an image. */
export async function resolveCompose(config: Config, image: string): Promise<ComposeModel> {
  const argv: Argv = [
    'docker',
    'compose',
    '--project-name',
    config.PROJECT,
    '--env-file',
    '/dev/null',
    '-f',
    config.APP_COMPOSE,
    'config',
  ]
  // As YAML: the JSON form of Compose 2.26 leaves the x- keys of services out.
  return parse((await exec(argv, { quiet: true, env: composeEnvironment(config, image) })).stdout) as ComposeModel
}

/** What a Compose file of this project may interpolate. */
export function composeEnvironment(config: Config, image: string): Record<string, string> {
  return {
    ...config.app,
    PROJECT: config.PROJECT,
    APP_DIR: config.APP_DIR,
    BIND: config.BIND,
    PORT: String(config.PORT),
    DEV_PORT: String(config.DEV_PORT),
    APP_PORT: String(config.APP_PORT),
    APP_IMAGE: image,
    PROXY_IMAGE: proxyTag(lockedImage('haproxy')),
  }
}

/** Runs Compose on a release, from its copy in the ledger: the same file, wherever the checkout went. */
export async function composeRelease(
  release: Release,
  args: readonly string[],
  options: ExecOptions = {},
): Promise<void> {
  const { name } = release.compose
  const file = ['releases', `${release.id}.json`]
  if (readLedger(name, ...file) === undefined) writeLedger(name, file, release.compose)
  await exec(
    [
      'docker',
      'compose',
      '--progress',
      'plain',
      '--project-name',
      name,
      '--env-file',
      '/dev/null',
      '-f',
      ledgerPath(name, ...file),
      ...args,
    ],
    { follow: true, ...options },
  )
}
