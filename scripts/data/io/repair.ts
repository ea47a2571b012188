import { tryExec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import type { Config } from '../../config/io/read.ts'
import { placeOf, prepareRestic, resticOptions } from './restic-container.ts'
import type { DamagedRepository } from './restic-failure.ts'

const packsIn = (said: string) =>
  [...said.matchAll(/data\/([0-9a-f]{8,64})|from ([0-9a-f]{8,64}) failed/g)].flatMap(([, a, b]) => a ?? b ?? [])
const REPAIR = `cd /tmp
packs=$(restic "\${@:2}" list packs --quiet | grep -E "^($1)" | sort -u) || exit 1
restic "\${@:2}" repair packs $packs`

/**
 * Removes damaged packs from the repository, and keeps what is whole in them. The next backup stores the rest again,
 * where the data still have it. Gives whether it has repaired anything.
 */
export async function repair(config: Config, { detail = '' }: DamagedRepository): Promise<boolean> {
  const packs = packsIn(detail)
  if (packs.length === 0) return false
  log.note(`${placeOf(config)} is repaired: what is damaged goes, so that it can be put in again`)
  const argv = ['bash', '-c', REPAIR, 'bash', packs.join('|'), ...resticOptions(config)]
  return (await tryExec(await prepareRestic(config, [], argv))).exitCode === 0
}
