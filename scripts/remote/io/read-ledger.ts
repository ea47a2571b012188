import type { Config } from '../../config/io/read.ts'
import { LEDGER } from '../../docker/labels.ts'
import { ensureCarrier } from '../../image/io/toolkit-image.ts'
import { askThere, tryThere } from './client.ts'
import { sendImages } from './send-images.ts'
import { whileItAnswers } from './watchdog.ts'

/** The text of a file of the other engine's ledger; empty where there is none. */
export const readThere = (config: Config, path: string): Promise<string> =>
  whileItAnswers(config, 'deploy', () => read(config, path))

async function read(config: Config, path: string): Promise<string> {
  const carrier = await ensureCarrier()
  await sendImages(config, [carrier])
  if ((await tryThere(config, ['volume', 'inspect', LEDGER])).exitCode !== 0) return ''
  const script = '[ ! -f "$0" ] || cat "$0"'
  const run = ['run', '--rm', '--network', 'none', '--volume', `${LEDGER}:/ledger:ro`]
  return await askThere(config, [...run, carrier, 'sh', '-c', script, path])
}
