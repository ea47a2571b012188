import { evidenceFile } from '../core/evidence.ts'
import { appendLedger, writeLedger } from '../io/ledger.ts'
import { takeLock } from '../io/lock.ts'
import { printResult, runMain } from '../io/run-main.ts'
import { loadImages, openBundle, requireImages, requireOrigin } from './apply.ts'

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
