import { exec } from '../../cli/io/exec.ts'
import type { Config } from '../../config/io/read.ts'
import { needsSnapshot } from '../../data/destroy-report.ts'
import { showAllUnsaved } from '../../data/io/unsaved.ts'
import { forgetVolumes } from '../../data/io/volumes.ts'
import { downArgv } from '../../docker/compose-argv.ts'
import { leaveGate } from '../../gate/io/join.ts'
import { lastGood } from '../../release/io/history.ts'
import { takeBackup } from './back-up.ts'
import { removeTraces } from './remove-traces.ts'

/**
 * Removes a project's containers and those volumes, after a last snapshot. Gives the snapshot's id: empty where nothing was
 * deployed, no volume is kept, or FORCE=no-snapshot does without one. The lock is the caller's.
 */
export async function destroyProject(config: Config, volumes: readonly { readonly name: string }[]): Promise<string> {
  const { PROJECT, options } = config
  const isSaved = needsSnapshot(lastGood(PROJECT, options.force), options.force)
  const snapshot = isSaved ? (await takeBackup(config, 'destroy')).snapshot : ''
  await showAllUnsaved(PROJECT)
  await leaveGate(config)
  // A volume without a name belongs to its container, and nobody would find it afterwards.
  await exec(downArgv(PROJECT, { volumes: options.force.has('all-traces') }), { follow: true })
  const names = volumes.map(({ name }) => name)
  if (names.length > 0) await exec(['docker', 'volume', 'rm', '--force', ...names])
  if (options.force.has('all-traces')) await removeTraces(config)
  else await forgetVolumes(PROJECT, names)
  return snapshot
}
