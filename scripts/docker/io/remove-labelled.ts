import { tryExec } from '../../cli/io/exec.ts'

const KINDS = [
  { list: ['ps', '--all', '--quiet'], remove: ['rm', '--force', '--volumes'] },
  { list: ['network', 'ls', '--quiet'], remove: ['network', 'rm', '--force'] },
  { list: ['volume', 'ls', '--quiet'], remove: ['volume', 'rm', '--force'] },
  { list: ['image', 'ls', '--all', '--quiet'], remove: ['image', 'rm', '--force'] },
]

/**
 * Removes every container, network, volume and image with a label, given as `name` or `name=value`. Gives how many it
 * has found.
 */
export async function removeLabelled(label: string): Promise<number> {
  let count = 0
  for (const { list, remove } of KINDS) {
    const { stdout } = await tryExec(['docker', ...list, '--filter', `label=${label}`], { quiet: true })
    const found = new Set(stdout.split('\n').filter(Boolean))
    if (found.size > 0) await tryExec(['docker', ...remove, ...found], { quiet: true })
    count += found.size
  }
  return count
}
