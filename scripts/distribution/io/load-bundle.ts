import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { shortId } from '../../cli/digest.ts'
import { Failure } from '../../cli/failure.ts'
import { exec, tryExec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { BUNDLES } from '../../cli/io/places.ts'
import { isPlainFile, readPlainFile } from '../../cli/io/plain-file.ts'
import { openScratch } from '../../cli/io/scratch.ts'
import type { Config } from '../../config/io/read.ts'
import { findImage } from '../../docker/io/engine.ts'
import { repositoryOf } from '../../image/builds.ts'
import { evidenceFile } from '../../image/evidence.ts'
import { isSignedFile, rememberSigned } from '../../registry/io/cosign.ts'
import { BUNDLE_FILE, type Bundle, IMAGES_FILE, parseBundle, SIGNATURE_FILE, SUMS_FILE } from '../../release/bundle.ts'
import { appendLedger, writeLedger } from '../../state/io/ledger.ts'
import { readListing, requireNamed, requireSums } from '../bundle-listing.ts'

/**
 * Loads the bundle that this folder was unpacked from, or that BUNDLE names, into this engine, and records it. The
 * caller holds the lock. Throws a Failure where the bundle is damaged, or VERIFY_KEY_FILE has not signed it.
 */
export async function loadBundle(config: Config): Promise<Bundle> {
  const { PROJECT, caller } = config
  using opened = await openBundle(config)
  const { bundle } = opened
  await requireFree(config, bundle)
  await loadImages(opened)
  await requireImages(config, bundle)
  for (const { id } of versionTags(config, bundle)) rememberSigned(config, id)
  const { version, image, evidence } = bundle
  // Without a signature it is a statement of whoever made the bundle. What was tested elsewhere tells nothing of what a change
  // here can reach.
  if (evidence && config.VERIFY_KEY_FILE !== '')
    writeLedger(PROJECT, evidenceFile(image), { ...evidence, inputs: undefined })
  appendLedger(PROJECT, 'loads.jsonl', { version, image, at: new Date().toISOString(), by: caller })
  return bundle
}

type Opened = Disposable & {
  readonly bundle: Bundle
  /** The folder with the files of the bundle that are read here. */
  readonly folder: string
}
const HERE = '.'
const MOST_SUMS = 1_000_000
// The files of an archive of images that say by which names the engine will know them.
const NAMING = ['manifest.json', 'index.json', 'repositories']

async function openBundle(config: Config): Promise<Opened> {
  const { PROJECT, options } = config
  if (options.bundle === undefined && !existsSync(BUNDLE_FILE))
    throw new Failure('this folder is not a bundle', {
      next: 'make load BUNDLE=…   (a file that make bundle wrote)',
    })
  const unpacked = options.bundle === undefined ? undefined : await unpack(PROJECT, options.bundle)
  const { folder } = unpacked ?? { folder: HERE }
  const close = () => folder !== HERE && rmSync(folder, { recursive: true })
  try {
    // The checksums are trusted only once their signature is.
    await requireOrigin(config, folder)
    if (unpacked) requireSums(readPlainFile(join(folder, SUMS_FILE), MOST_SUMS) ?? '', unpacked.names)
    await checkSums(folder)
    const bundle = parseBundle(readPlainFile(join(folder, BUNDLE_FILE)) ?? '')
    return { bundle, folder, [Symbol.dispose]: close }
  } catch (error) {
    close()
    throw error
  }
}

// Extracts the four files by their names, and never writes anything else from the archive.
async function unpack(project: string, file: string): Promise<{ folder: string; names: readonly string[] }> {
  const next = 'make load BUNDLE=…   (a file inside the checkout that make bundle wrote)'
  const list = ['tar', '--list', '--verbose', '--numeric-owner', '--absolute-names', '--file', resolve(file)] as const
  const listed = isPlainFile(file) ? await tryExec(list, { quiet: true }) : undefined
  if (listed?.exitCode !== 0)
    throw new Failure(`BUNDLE=${JSON.stringify(file)} cannot be read as a bundle`, {
      next,
      detail: listed?.stderr ?? '',
    })
  const { root, names } = readListing(listed.stdout, statSync(file).size)
  mkdirSync(BUNDLES, { recursive: true })
  const folder = mkdtempSync(resolve(BUNDLES, `.loading.${project}-`))
  const needed = [BUNDLE_FILE, SUMS_FILE, IMAGES_FILE, SIGNATURE_FILE].filter((name) => names.includes(name))
  const wanted = needed.map((name) => `${root}/${name}`)
  const argv = ['tar', '--extract', '--file', resolve(file), '--directory', folder, '--strip-components=1'] as const
  const { exitCode, stderr } = await tryExec([...argv, '--no-same-owner', '--', ...wanted], { quiet: true })
  if (exitCode === 0) return { folder, names }
  rmSync(folder, { recursive: true })
  throw new Failure(`BUNDLE=${JSON.stringify(file)} is incomplete`, { next, detail: stderr })
}

async function checkSums(folder: string): Promise<void> {
  // Only where the bundle was unpacked into this folder are the checkout's files here.
  const ignore = folder === HERE ? [] : ['--ignore-missing']
  const argv = ['sha256sum', '--check', '--quiet', '--strict', ...ignore, SUMS_FILE] as const
  const { exitCode, stdout, stderr } = await tryExec(argv, { cwd: folder, quiet: true })
  if (exitCode === 0) return
  throw new Failure(`the bundle is damaged: ${(stdout || stderr).trim().split('\n')[0]}`, {
    next: 'copy it again, then: make load',
  })
}

// With VERIFY_KEY_FILE, throws a Failure unless that key has signed the bundle.
async function requireOrigin(config: Config, folder: string): Promise<void> {
  if (config.VERIFY_KEY_FILE === '') return
  const signature = join(folder, SIGNATURE_FILE)
  if (!existsSync(signature) || !(await isSignedFile(config, join(folder, SUMS_FILE), signature)))
    throw new Failure(`${config.VERIFY_KEY_FILE} has not signed this bundle`, {
      next: 'make bundle with SIGNING_KEY_FILE, where it was built; or unset VERIFY_KEY_FILE',
    })
  log.done(`the bundle is signed by the key in ${config.VERIFY_KEY_FILE}`)
}

// The tags that the bundle's version has here, the application's last: a version that has its tag is complete.
const versionTags = ({ IMAGE_REPOSITORY }: Config, { version, image, built = {} }: Bundle) =>
  Object.entries({ ...built, '': image }).map(([name, id]) => ({
    tag: `${repositoryOf(IMAGE_REPOSITORY, name)}:${version}`,
    id,
  }))

// Throws a Failure where the version names another image here: a full version never moves, even by force.
async function requireFree(config: Config, bundle: Bundle): Promise<void> {
  for (const { tag, id } of versionTags(config, bundle)) {
    const found = (await findImage(tag))?.Id
    if (found !== undefined && found !== id)
      throw new Failure(`${tag} is ${shortId(found)} on this engine, and ${shortId(id)} in the bundle`, {
        next: `docker image rm ${tag}, then: make load   (a full version never moves)`,
      })
  }
}

// bootstrap.sh has loaded a bundle that was unpacked into this folder, to get the toolkit: what it names is said all the same.
async function loadImages({ folder, bundle }: Opened): Promise<void> {
  const archive = join(folder, IMAGES_FILE)
  using scratch = openScratch('naming')
  // A file that the archive lacks makes tar end with an error, and is read as empty.
  await tryExec(['tar', '--extract', '--file', archive, '--directory', scratch.path, ...NAMING], { quiet: true })
  const texts = NAMING.map((file) => readPlainFile(join(scratch.path, file), MOST_SUMS) ?? '')
  requireNamed(texts, bundle.images)
  if (folder !== HERE) await exec(['docker', 'load', '--input', archive], { follow: true })
}

// Throws a Failure unless the engine has every image of the bundle under the id that it had where the bundle was made.
async function requireImages(config: Config, bundle: Bundle): Promise<void> {
  for (const [name, id] of Object.entries(bundle.images)) {
    const found = (await findImage(name))?.Id
    if (found !== id)
      throw new Failure(
        `${name} is ${found ? shortId(found) : 'not'} on this engine, and ${shortId(id)} in the bundle`,
        { next: `docker image rm ${name}, then: make load` },
      )
  }
  for (const { tag, id } of versionTags(config, bundle))
    if ((await findImage(tag))?.Id !== id) await exec(['docker', 'image', 'tag', id, tag])
}
