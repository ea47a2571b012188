import { rmSync } from 'node:fs'
import { tryExec } from '../../cli/io/exec.ts'
import type { Config } from '../../config/io/read.ts'
import { listImages } from '../../docker/io/engine.ts'
import { removeLabelled } from '../../docker/io/remove-labelled.ts'
import { PROJECT_LABEL } from '../../docker/labels.ts'
import { readReleases } from '../../release/io/history.ts'
import { isOfBuild } from '../../release/prune-images.ts'
import { ledgerFolder, listLedgers } from '../../state/io/ledger.ts'

/**
 * Removes what a destroyed project has left on this engine: its snapshots here, its ledger, and the images of all its
 * services, unless another project has released from the same repository.
 */
export async function removeTraces({ PROJECT, IMAGE_REPOSITORY }: Config): Promise<void> {
  await removeLabelled(`${PROJECT_LABEL}=${PROJECT}`)
  const others = listLedgers().filter((name) => name !== PROJECT)
  const isShared = others.some((name) => readReleases(name).some(({ repository }) => repository === IMAGE_REPOSITORY))
  const images = isShared ? [] : await listImages()
  const tags = images.flatMap((image) =>
    image.tags.filter((tag) => tag.startsWith(`${IMAGE_REPOSITORY}:`) || isOfBuild(image, tag, IMAGE_REPOSITORY)),
  )
  if (tags.length > 0) await tryExec(['docker', 'image', 'rm', ...tags])
  rmSync(ledgerFolder(PROJECT), { recursive: true, force: true })
}
