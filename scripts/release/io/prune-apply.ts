import { shortId } from '../../cli/digest.ts'
import { tryExec } from '../../cli/io/exec.ts'
import { listImages, readDiskUse } from '../../docker/io/engine.ts'
import { evidenceFile, reportsFile } from '../../image/evidence.ts'
import { removeLedger } from '../../state/io/ledger.ts'
import type { Removal } from '../prune-images.ts'
import { imageCommands } from '../prune-plan.ts'
import type { Pruned } from '../prune-report.ts'
import { removeRelease } from './render.ts'

/** Removes what is planned, and gives what was removed, what the engine kept, and the space won. */
export async function applyPrune(project: string, removals: readonly Removal[]): Promise<Pruned> {
  if (removals.length === 0) return { removed: [], kept: [], bytes: 0, cached: 0 }
  const before = await readDiskUse()
  // Images come first: history still offers a release whose images the engine keeps, so its file must stay.
  const refused = await removeImages(removals)
  const kept = removals.filter(({ id }) => refused.has(id))
  const removed = removals.filter(({ id }) => !refused.has(id))
  for (const { what, id } of removed) {
    if (what === 'release') removeRelease(project, id)
    if (what === 'evidence') for (const file of [evidenceFile(id), reportsFile(id)]) removeLedger(project, ...file)
  }
  const after = await readDiskUse()
  const layers = Math.max(0, before.layers - after.layers)
  const files = removed.filter(({ references }) => references.length === 0)
  return {
    removed,
    kept: kept
      .filter(({ references }) => references.length > 0)
      .map(({ id, name }) => ({ name, because: refused.get(id) ?? '' })),
    bytes: files.reduce((sum, { bytes }) => sum + bytes, layers),
    cached: Math.min(layers, Math.max(0, after.cache - before.cache)),
  }
}

// The ids of the images that the engine did not remove, or not wholly, each with the engine's reason.
async function removeImages(removals: readonly Removal[]): Promise<Map<string, string>> {
  let said: string[] = []
  for (const argv of imageCommands(removals.flatMap(({ references }) => references)))
    said = [...said, ...(await tryExec(argv)).stderr.split('\n')]
  const there = new Set((await listImages()).flatMap(({ id, tags }) => [id, ...tags]))
  const left = removals.filter(({ references }) => references.some((reference) => there.has(reference)))
  return new Map(
    left.map(({ id, references }) => {
      const line = said.find((text) => [shortId(id), ...references].some((name) => text.includes(name)))
      return [id, line?.replace(/^Error response from daemon: /, '') ?? 'it is there again']
    }),
  )
}
