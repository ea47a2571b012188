import { rmSync } from 'node:fs'
import { tryExec } from '../../cli/io/exec.ts'
import type { Config } from '../../config/io/read.ts'
import { listTags } from '../../docker/io/engine.ts'
import { removeLabelled } from '../../docker/io/remove-labelled.ts'
import { PROJECT_LABEL } from '../../docker/labels.ts'
import { readReleases } from '../../release/io/history.ts'
import { ledgerFolder, listLedgers } from '../../state/io/ledger.ts'

/**
 * Removes what a destroyed project has left on this engine: its snapshots here, its ledger, and its images, unless another
 * project has released from the same repository.
 */
export async function removeTraces({ PROJECT, IMAGE_REPOSITORY }: Config): Promise<void> {
  await removeLabelled(`${PROJECT_LABEL}=${PROJECT}`)
  const others = listLedgers().filter((name) => name !== PROJECT)
  const isShared = others.some((name) => readReleases(name).some(({ repository }) => repository === IMAGE_REPOSITORY))
  const tags = isShared ? [] : Object.keys(await listTags(IMAGE_REPOSITORY))
  if (tags.length > 0) await tryExec(['docker', 'image', 'rm', ...tags.map((tag) => `${IMAGE_REPOSITORY}:${tag}`)])
  rmSync(ledgerFolder(PROJECT), { recursive: true, force: true })
}
