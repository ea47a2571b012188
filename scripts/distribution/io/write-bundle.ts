import { createHash } from 'node:crypto'
import {
  cpSync,
  createReadStream,
  createWriteStream,
  mkdirSync,
  readdirSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, join, relative } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { SAME_BYTES } from '../../cli/argv.ts'
import { exec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { BUNDLES, isAtHome, ofToolkit, TOOLKIT_FOLDER } from '../../cli/io/places.ts'
import { openScratch } from '../../cli/io/scratch.ts'
import type { Config } from '../../config/io/read.ts'
import { imagesOfGate } from '../../gate/io/images.ts'
import type { Builds } from '../../image/builds.ts'
import { evidenceFile, isEvidence } from '../../image/evidence.ts'
import { saveImages } from '../../image/io/archive.ts'
import { LOCK_FILE } from '../../image/io/images.ts'
import { findServiceImage } from '../../image/io/stand-in.ts'
import { ensureToolkitImage } from '../../image/io/toolkit-image.ts'
import { signFile } from '../../registry/io/cosign.ts'
import {
  BUNDLE_FILE,
  type Bundle,
  IMAGES_FILE,
  SIGNATURE_FILE,
  SUMS_FILE,
  shapeOf,
  TOOLKIT_FILE,
} from '../../release/bundle.ts'
import { chooseImage, withBuilt } from '../../release/io/choose-image.ts'
import { buildsOf, resolveCompose } from '../../release/io/render.ts'
import { idsOf } from '../../release/model.ts'
import { requirePromoted } from '../../remote/io/promote.ts'
import { readLedger } from '../../state/io/ledger.ts'
import { listFiles } from '../../version/io/git.ts'
import { originOf } from './origin.ts'

/** The contents of a bundle: those of its bundle.json, the name of the toolkit's image, and what the images were built from. */
type Contents = Bundle & { readonly toolkit: string; readonly builds: Builds }

/**
 * Chooses what goes into the bundle of the version that is asked for: its images, those of its services, and the
 * toolkit's. Throws a Failure where the version was not promoted as PROMOTE_FROM demands.
 */
export async function chooseContents(config: Config): Promise<Contents> {
  const { IMAGE_REPOSITORY, PROJECT } = config
  const chosen = await chooseImage(config)
  const compose = await resolveCompose(config, `${IMAGE_REPOSITORY}:${chosen.version}`)
  const builds = await buildsOf(config, compose)
  const image = await withBuilt(config, chosen, builds)
  await requirePromoted(config, image)
  const toolkit = await ensureToolkitImage()
  const own = builds.map(({ repository }) => `${repository}:${image.version}`)
  const ready = Object.values(compose.services).flatMap((service) => (service.build ? [] : (service.image ?? [])))
  const gate = config.HOSTS === '' ? [] : await imagesOfGate(config)
  const names = [toolkit, ...own, ...ready, ...gate]
  const images: Record<string, string> = {}
  for (const wanted of [...new Set(names)].sort()) {
    const { name, id } = await findServiceImage(config, wanted)
    images[name] = id
  }
  const evidence = readLedger(isEvidence, PROJECT, ...evidenceFile(image.id))
  const { version, digest } = image
  const { '': id = '', ...others } = idsOf(image)
  const built = Object.keys(others).length > 0 ? others : undefined
  return { format: 1, project: PROJECT, version, image: id, digest, built, images, evidence, toolkit, builds }
}

/**
 * Writes the bundle into the folder `bundles`, whole or not at all. The same release makes the same bytes. `size` is in
 * bytes.
 */
export async function writeBundle(
  config: Config,
  contents: Contents,
): Promise<{ file: string; size: number; sha256: string }> {
  const name = `${config.PROJECT}-${contents.version}`
  mkdirSync(BUNDLES, { recursive: true })
  // Beside the result: it is as large as the result, and /tmp may be small.
  using scratch = openScratch(`.making.${config.PROJECT}`, BUNDLES)
  await fillFolder(config, contents, join(scratch.path, name))
  const archive = join(scratch.path, 'bundle.tar')
  const same = ['--sort=name', ...SAME_BYTES]
  await exec(['tar', '--create', '--file', archive, ...same, '--directory', scratch.path, name], { quiet: true })
  const file = join(BUNDLES, `${name}.tar`)
  renameSync(archive, file)
  return { file, size: statSync(file).size, sha256: await sumOf(file) }
}

// Copies the checkout, and adds the settings, the images, their origin documents and the signed checksums.
async function fillFolder(config: Config, { toolkit, builds, ...bundle }: Contents, folder: string): Promise<void> {
  const at = (path: string) => join(folder, path)
  const files = [...(await listFiles(/^(?!\.github\/|docs\/|\.env$|\.env\.(?!example))/)), LOCK_FILE]
  for (const file of files) cpSync(file, at(file), { dereference: false })
  // git lists no files of a submodule.
  if (!isAtHome()) copyToolkit(at(TOOLKIT_FOLDER))
  writeFileSync(at('.env'), shapeOf(config), { mode: 0o600 })
  writeFileSync(at(join(isAtHome() ? '.' : TOOLKIT_FOLDER, TOOLKIT_FILE)), `${toolkit}\n`)
  writeFileSync(at(BUNDLE_FILE), `${JSON.stringify(bundle, null, 2)}\n`)
  const { version, evidence, built = {} } = bundle
  for (const build of builds) {
    const image = build.name ? (built[build.name] ?? '') : bundle.image
    const digest = build.name ? image : (bundle.digest ?? image)
    for (const { file, make } of originOf(config, { build, version, image, digest, evidence }))
      writeFileSync(at([build.name, file].filter(Boolean).join('.')), `${JSON.stringify(await make(), null, 2)}\n`)
  }
  log.step(`save ${Object.keys(bundle.images).join(', ')}`, 'a host without a network has none of them')
  await pipeline(await saveImages(Object.keys(bundle.images)), createWriteStream(at(IMAGES_FILE)))
  // All except .env: a user of the bundle may change its settings, and nothing else.
  const sums: string[] = []
  for (const file of filesIn(folder).filter((one) => one !== '.env')) sums.push(`${await sumOf(at(file))}  ${file}\n`)
  writeFileSync(at(SUMS_FILE), sums.join(''))
  if (config.SIGNING_KEY_FILE) await signFile(config, at(SUMS_FILE), at(SIGNATURE_FILE))
}

// Make and its scripts, for the host that loads the bundle; the image has the rest.
const copyToolkit = (folder: string) =>
  cpSync(ofToolkit('.'), folder, { recursive: true, filter: (from) => basename(from) !== 'node_modules' })

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .flatMap((one) => (one.isDirectory() ? [] : [relative(folder, join(one.parentPath, one.name))]))
    .sort()

async function sumOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}
