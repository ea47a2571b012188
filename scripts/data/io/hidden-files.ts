import { exec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import type { Config } from '../../config/io/read.ts'
import { findImage } from '../../docker/io/engine.ts'
import { listImageFiles } from '../../docker/io/image-files.ts'
import { helperLabels } from '../../docker/labels.ts'
import type { Release } from '../../release/model.ts'
import { type Covered, coveredFolders, type Files, hiddenFiles, requireVisible, sayHidden } from '../hidden-files.ts'
import { prepareRestic } from './restic-container.ts'
import { findVolume } from './volumes.ts'

/**
 * Throws a Failure where a volume hides files of a new image that differ from those it holds: the old code would go on. A
 * release to go `back` to is only warned of.
 */
export async function requireVisibleFiles(
  config: Config,
  release: Release,
  from: Release | undefined,
  { back, missing }: { readonly back: boolean; readonly missing: readonly string[] },
): Promise<void> {
  const before = from ? coveredFolders(from) : []
  // The engine fills a new volume from the image.
  for (const folder of coveredFolders(release).filter(({ volume }) => !missing.includes(volume))) {
    const old = before.find(
      ({ service, path, volume }) => service === folder.service && path === folder.path && volume === folder.volume,
    )
    if (old?.image === folder.image) continue
    const files = await list(config, folder)
    if (hiddenFiles(files, {}).length === 0) continue
    // An application may have changed what the volume began with; between two images nobody has.
    const held = old ? await heldByImage(config, old) : await heldByVolume(config, folder, files)
    if (held === undefined) continue
    const [hidden, by] = [hiddenFiles(files, held), old ? `in ${from?.image.version}` : 'the volume has them']
    if (back && hidden.length > 0) log.warn(sayHidden(folder, hidden, by))
    else requireVisible(folder, hidden, by, config.options.force)
  }
}

// clearLeftovers removes what a killed run has left of it.
const list = ({ PROJECT }: Config, { image, path }: Covered): Promise<Files> =>
  listImageFiles(image, path, helperLabels(PROJECT))

const heldByImage = async (config: Config, old: Covered): Promise<Files | undefined> =>
  (await findImage(old.image)) ? await list(config, old) : undefined

const SUMS =
  '[ -n "$(ls -A /volumes/held)" ] || exit 0; cd /volumes/held; echo; xargs -0 -r sha256sum --zero 2>/dev/null || true'

// Undefined for a volume that is not there, or is empty: the engine fills it from the image.
async function heldByVolume(config: Config, { volume }: Covered, files: Files): Promise<Files | undefined> {
  if (volume === '' || !(await findVolume(volume))) return undefined
  const argv = await prepareRestic(config, [{ volume, at: '/volumes/held' }], ['sh', '-c', SUMS])
  const { stdout } = await exec(argv, { quiet: true, input: Object.keys(files).join('\0') })
  if (stdout === '') return undefined
  const links = Object.entries(files).filter(([, what]) => what.startsWith('→'))
  const sums = stdout
    .slice(1)
    .split('\0')
    .flatMap((line) => (line ? [[line.slice(66), line.slice(0, 64)]] : []))
  return Object.fromEntries([...links, ...sums])
}
