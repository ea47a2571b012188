import { existsSync, readFileSync } from 'node:fs'
import { dirname, isAbsolute, resolve } from 'node:path'
import { Failure } from '../../cli/failure.ts'
import { type Executed, exec, lastWord, tryExec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { ofToolkit } from '../../cli/io/places.ts'
import { readPlainFile } from '../../cli/io/plain-file.ts'
import { parseYaml } from '../../cli/yaml.ts'
import type { Config } from '../../config/io/read.ts'
import { absentRemedy, composeArgv } from '../../docker/compose-argv.ts'
import type { ComposeModel } from '../../docker/compose-model.ts'
import { findImage } from '../../docker/io/engine.ts'
import { parseCompose } from '../../docker/parse-compose.ts'
import { type Builds, idsByService, planBuilds } from '../../image/builds.ts'
import { lockedImage, proxyTag } from '../../image/io/images.ts'
import { findServiceImage } from '../../image/io/stand-in.ts'
import { ledgerPath, readLedger, readOrWarn, removeLedger, writeLedger } from '../../state/io/ledger.ts'
import { requireHeld, sayMount, unheldPaths } from '../held.ts'
import { makeRelease } from '../make-release.ts'
import { fromFile, type Image, idsOf, isReleaseFile, type Release, toFile } from '../model.ts'
import { readPages } from './pages.ts'
import { withSecrets } from './secrets.ts'

/** Makes the release of images under the checkout's settings and its Compose file, which was resolved for the application's image. */
export async function renderRelease(config: Config, image: Image, resolved: ComposeModel): Promise<Release> {
  const app = { port: config.APP_PORT, health: config.HEALTH_PATH, replicas: config.REPLICAS }
  const proxy = {
    template: readFileSync(ofToolkit('compose/proxy/haproxy.cfg'), 'utf8'),
    hold: config.HOLD_TIMEOUT,
    maxBody: config.MAX_BODY,
    maxConnections: config.MAX_CONNECTIONS,
    maxRate: config.MAX_RATE,
    ...(config.ERROR_PAGES === '' ? {} : { pages: readPages(config.ERROR_PAGES) }),
  }
  const ids = idsByService(await buildsOf(config, resolved), idsOf(image))
  const pinned = await pinImages(config, resolved, ids)
  const release = makeRelease(await withSecrets(config, pinned), image, app, proxy)
  await warnOfUnheld(pinned)
  return release
}

/**
 * Replaces the tags of a Compose file's images by their ids: a tag may move, and a name with a digest cannot. `built` has the ids for
 * the services with a build.
 */
export async function pinImages(
  config: Config,
  compose: ComposeModel,
  built: Readonly<Record<string, string>>,
): Promise<ComposeModel> {
  const pinned = Object.entries(compose.services).map(async ([name, { build, ...service }]) => {
    const own = build && built[name]
    if (own) return [name, { ...service, image: own, pull_policy: 'never' }] as const
    const { image } = service
    if (image === undefined || /sha256:|^dartagnan\//.test(image)) return [name, service] as const
    const { id } = await findServiceImage(config, image, service.pull_policy)
    return [name, { ...service, image: id, pull_policy: 'never' }] as const
  })
  const found = { ...compose, services: Object.fromEntries(await Promise.all(pinned)) }
  await requireHeldData(found, Object.keys(found.services))
  return found
}

/** Throws a Failure for the first of these services that is a database server whose data no volume holds. */
export async function requireHeldData({ services }: ComposeModel, names: readonly string[], then = ''): Promise<void> {
  for (const name of names) {
    const { image = '', ...definition } = services[name] ?? {}
    requireHeld(name, { image, ...definition }, (await findImage(image))?.Config, then)
  }
}

// Whatever else has a VOLUME, it may be meant so.
async function warnOfUnheld({ services }: ComposeModel): Promise<void> {
  for (const [name, definition] of Object.entries(services)) {
    const [path, ...more] = unheldPaths(definition, (await findImage(definition.image ?? ''))?.Config)
    if (path)
      log.warn(
        `${name}: its image keeps data in ${[path, ...more].join(', ')} (VOLUME), and no volume of the Compose file holds them; next: ${sayMount(name, definition, path)}`,
      )
  }
}

/** Resolves the checkout's Compose file for an image: every value is filled in. */
export async function resolveCompose(config: Config, image: string): Promise<ComposeModel> {
  const files = composeFiles(config)
  for (const file of files) parseYaml(readPlainFile(file) ?? '', file)
  // A file can ask for more than a host has: anchors of anchors, or a pipe that nobody writes to.
  // Relative paths count from the project's first file.
  const folder = dirname(files.find((file) => !isAbsolute(file)) ?? '.')
  const argv = composeArgv(config.PROJECT, files, ['--project-directory', folder, 'config'])
  // As YAML: the JSON form of Compose 2.26 leaves the x- keys of services out.
  const read = await tryExec(argv, { quiet: true, timeout: 60, env: composeEnvironment(config, image) })
  if (read.exitCode !== 0) {
    const said = read.timedOut ? 'it did not end within 60 s' : lastWord(read.stderr)
    const [, variable] = /required variable (\w+) is missing a value/.exec(said) ?? []
    throw new Failure(`Compose cannot read ${config.APP_COMPOSE}: ${said}`, {
      next: variable
        ? `write ${variable}=… to .env (where git keeps that file: git rm --cached .env), then run the command again`
        : `correct ${config.APP_COMPOSE}, then run the command again`,
    })
  }
  return parseCompose(read.stdout, config.APP_COMPOSE)
}

/** The images that a release of this checkout is built of. Throws a Failure where its Compose file asks for what cannot be built. */
export const readBuilds = async (config: Config): Promise<Builds> =>
  await buildsOf(config, await resolveCompose(config, 'none'))

/** The images that a release under this resolved Compose file is built of. */
export async function buildsOf(config: Config, compose: ComposeModel): Promise<Builds> {
  top ??= tryExec(['git', 'rev-parse', '--show-toplevel'], { quiet: true })
  const [project, { stdout, exitCode }] = [process.cwd(), await top]
  // A bundle is no repository.
  return planBuilds(compose, config, { project, top: exitCode === 0 ? stdout.trim() : project })
}
// Asked once: it does not change during a run.
let top: Promise<Executed> | undefined

// The Compose files of this environment: those of APP_COMPOSE, which lie in the project or else in the toolkit, then the `app.ENV.yaml` beside each `app.yaml`, which adds to it.
function composeFiles({ APP_COMPOSE, ENV }: Config): string[] {
  const files = APP_COMPOSE.split(':').map((file) => (existsSync(file) ? file : resolve(ofToolkit(file))))
  const own = files.map((file) => file.replace(/(\.ya?ml)?$/, `.${ENV}$1`))
  return [...files, ...own.filter((file) => existsSync(file))]
}

/** The variables that a Compose file of this project may interpolate. */
export function composeEnvironment(config: Config, image: string): Record<string, string> {
  return {
    ...config.app,
    PROJECT: config.PROJECT,
    APP_DIR: config.APP_DIR,
    TOOLKIT_COMPOSE: resolve(ofToolkit('compose')),
    BIND: config.BIND,
    PORT: String(config.PORT),
    DEV_PORT: String(config.DEV_PORT),
    APP_PORT: String(config.APP_PORT),
    APP_IMAGE: image,
    PROXY_IMAGE: proxyTag(lockedImage('haproxy')),
    POSTGRES_IMAGE: lockedImage('postgres').reference,
  }
}

const fileOf = (id: string): string[] => ['releases', `${id}.json`]

/** Keeps a whole release in the ledger: it is deployed from there, and can come back when the checkout has changed. */
export function saveRelease(release: Release): void {
  const { name } = release.compose
  if (!hasRelease(name, release.id)) writeLedger(name, fileOf(release.id), toFile(release))
}

/** Loads a release from the ledger. Throws a Failure where the ledger does not have it, or no longer. */
export function loadRelease(project: string, id: string): Release {
  const file = readLedger(isReleaseFile, project, ...fileOf(id))
  if (file) return fromFile(file)
  throw new Failure(`the release ${id} of ${project} is no longer kept`, {
    next: 'make deploy FORCE=lost-release   (goes on without it; make history shows all)',
  })
}

/** Whether the ledger still keeps a release, and it can be read. */
export const hasRelease = (project: string, id: string): boolean =>
  readOrWarn(isReleaseFile, project, ...fileOf(id)) !== undefined

/** Removes a release from the ledger. */
export const removeRelease = (project: string, id: string): void => removeLedger(project, ...fileOf(id))

/** Runs Compose on a release of the ledger. */
export async function composeRelease(release: Release, args: readonly string[]): Promise<void> {
  const { name } = release.compose
  const file = ledgerPath(name, ...fileOf(release.id))
  // Compose would warn of a guard, or of a service of another release, as orphans.
  const env = { COMPOSE_IGNORE_ORPHANS: '1' }
  await exec(composeArgv(name, [file], ['--progress', 'plain', ...args]), { follow: true, env, next: absentRemedy })
}
