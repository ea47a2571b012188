import { exec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { timed } from '../../cli/io/timed.ts'
import { toolkitImageId } from '../../docker/io/toolkit-container.ts'
import { labelsOf } from '../../testing/image.ts'
import { findLostOrDoubled, startTraffic } from '../../testing/load.ts'
import type { TestProject } from '../../testing/test-project.ts'
import type { Backup, Hold } from '../report.ts'

const SIZES = [100, 1024, 4096]
const VERSIONS = ['1.1.0', '1.0.0'] as const

/** Times a backup, and another after 1 % has changed, against tar of the same volume; wall times in milliseconds. */
export async function measureBackup(project: TestProject): Promise<Backup> {
  const volume = `${project.name}_data`
  project.write('.env', 'APP_ROLLOUT=overlap\n')
  await project.must('deploy', { VERSION: '1.0.0' })
  await fill(project, 0, 1024)
  log.step('tar czf, and two backups, of 1 GB', 'a hundredth of it changes between the backups')
  const image = await toolkitImageId()
  const run = ['docker', 'run', '--rm', ...labelsOf(project), '--volume', `${volume}:/data:ro`] as const
  const pack = [...run, '--volume', '/tmp/out', image] as const
  const tar = await timed(() => exec([...pack, 'tar', 'czf', '/tmp/out/data.tar.gz', '/data'], { quiet: true }))
  const backup = () => timed(() => typed(project, 'backup', {}))
  const first = await backup()
  await change(project, 1024)
  return { tar, first, second: await backup() }
}

/** Measures an exclusive deploy under load for each size of volume, after 1 % has changed since the last snapshot. */
export async function measureHolds(project: TestProject): Promise<Hold[]> {
  project.write('.env', 'APP_ROLLOUT=exclusive\n')
  const holds: Hold[] = []
  let there = 0
  for (const [index, megabytes] of SIZES.entries()) {
    await fill(project, there, megabytes)
    there = Math.max(there, megabytes)
    await typed(project, 'backup', {})
    await change(project, megabytes)
    log.step(`a deploy under load over ${megabytes} MB`, 'a hundredth of it has changed since the last snapshot')
    const traffic = startTraffic(project.url, { clients: 8 })
    const VERSION = VERSIONS[index % 2] ?? ''
    const { stdout } = await typed(project, 'deploy', { VERSION, DEPLOY_SNAPSHOT: '1', JSON: '1' })
    const seen = await traffic.stop()
    const { held } = JSON.parse(stdout) as { held: number }
    const lost = (await findLostOrDoubled(project.url, seen)).length
    holds.push({ megabytes, hold: held, requests: seen.requests, failed: seen.failures.length, lost })
  }
  return holds
}

// As a user types it: the time includes starting the toolkit's container.
const typed = (project: TestProject, target: string, env: Record<string, string>) =>
  exec(['make', target], { cwd: project.folder, quiet: true, env: { ...project.environment(), ...env } })

// Adds files of one megabyte that nothing can compress to the application's own.
const fill = (project: TestProject, from: number, to: number) =>
  inVolume(project, `for n in $(seq ${from + 1} ${to}); do head -c 1048576 /dev/urandom > /data/file-$n; done; sync`)
const change = (project: TestProject, megabytes: number) =>
  inVolume(project, `for n in $(seq 50 100 ${megabytes}); do head -c 1048576 /dev/urandom > /data/file-$n; done; sync`)

async function inVolume(project: TestProject, script: string): Promise<void> {
  const image = await toolkitImageId()
  const run = ['docker', 'run', '--rm', ...labelsOf(project), '--volume', `${project.name}_data:/data`] as const
  await exec([...run, image, 'bash', '-c', script], { quiet: true })
}
