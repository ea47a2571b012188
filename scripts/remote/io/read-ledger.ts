import { LEDGER } from '../../docker/labels.ts'
import { HELPER_LIMITS } from '../../docker/limits.ts'
import { ensureToolkitImage } from '../../image/io/toolkit-image.ts'
import { askRemote, type EngineSettings, tryRemote } from './client.ts'
import { sendImages } from './send-images.ts'
import { whileItAnswers } from './watchdog.ts'

/** The text of a file of the other engine's ledger; empty where there is none. */
export const readRemoteLedger = (config: EngineSettings, path: string): Promise<string> =>
  whileItAnswers(config, 'deploy', () => read(config, path))

async function read(config: EngineSettings, path: string): Promise<string> {
  const toolkit = await ensureToolkitImage()
  await sendImages(config, [toolkit])
  if ((await tryRemote(config, ['volume', 'inspect', LEDGER])).exitCode !== 0) return ''
  const script = '[ ! -f "$0" ] || cat "$0"'
  const run = ['run', '--rm', '--network', 'none', '--volume', `${LEDGER}:/ledger:ro`, ...HELPER_LIMITS]
  return await askRemote(config, [...run, toolkit, 'sh', '-c', script, path])
}
