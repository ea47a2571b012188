import { exec } from '../../cli/io/exec.ts'
import type { Config } from '../../config/io/read.ts'
import { listOwned, listProjectVolumes } from '../../docker/io/engine.ts'
import type { Data } from '../destroy-report.ts'
import { clearLeftovers } from './repository.ts'
import { prepareRestic } from './restic-container.ts'

/** The project's volumes, with the bytes and files in each; without the volume that holds snapshots. */
export async function observeData(config: Config): Promise<Data[]> {
  await clearLeftovers(config)
  const made = await Promise.all([listProjectVolumes(config.PROJECT), listOwned(config.PROJECT, 'volume', 'data')])
  const names = [...new Set(made.flat())].sort()
  if (names.length === 0) return []
  const mounts = names.map((volume, index) => ({ volume, at: `/volumes/${index}` }))
  const script =
    'for n in /volumes/*; do echo "$(du -s --block-size=1 "$n" | cut -f 1) $(find "$n" -type f | wc -l)"; done'
  const { stdout } = await exec(await prepareRestic(config, mounts, ['sh', '-c', script]), { quiet: true })
  // A shell sorts names as text: 10 comes before 2.
  const order = names.map((_, index) => String(index)).sort()
  const lines = stdout.trimEnd().split('\n')
  return order.map((index, line) => {
    const [bytes = 0, files = 0] = (lines[line] ?? '').split(' ').map(Number)
    return { name: names[Number(index)] ?? '', bytes, files }
  })
}
