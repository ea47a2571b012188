import { printResult } from './cli/io/result.ts'
import { loadImages, openBundle, requireImages, requireOrigin } from './distribution/io/load-bundle.ts'
import { evidenceFile } from './image/evidence.ts'
import { appendLedger, writeLedger } from './state/io/ledger.ts'
import { takeLock } from './state/io/lock.ts'
import { runMain } from './target/io/run-main.ts'

await runMain(async (config) => {
  const { PROJECT, caller } = config
  await takeLock(config, 'load')
  using opened = await openBundle(config)
  const { bundle } = opened
  await requireOrigin(config, opened)
  await loadImages(opened)
  await requireImages(config, bundle)
  const { version, image, evidence, images } = bundle
  if (evidence) writeLedger(PROJECT, evidenceFile(image), evidence)
  appendLedger(PROJECT, 'loads.jsonl', { version, image, at: new Date().toISOString(), by: caller })
  const count = Object.keys(images).length
  printResult(config, { outcome: 'loaded', version, image, images }, `loaded: ${version}, ${count} images`)
})
