import { isLive } from '../core/container.ts'
import type { Target } from '../core/deploy-plan.ts'
import { edgeNetwork } from '../core/release.ts'
import { readLog } from '../io/engine.ts'
import { exec, tryExec } from '../io/exec.ts'
import { log } from '../io/log.ts'
import { type Context, newContainers } from './apply.ts'

/** Removes the containers that this deploy has made, after printing what they said. */
export async function removeNew(context: Context): Promise<void> {
  const made = await newContainers(context)
  const { config, release } = context
  for (const container of made) {
    process.stderr.write(
      `--- log of ${container.name} (${release.image.version}) ---\n${await readLog(container.id)}\n---\n`,
    )
    if (isLive(container, config.PROJECT))
      await tryExec(['docker', 'network', 'disconnect', '--force', edgeNetwork(config.PROJECT), container.name])
  }
  await removeContainers(made)
  log.warn(`${release.image.version} is removed again; what served before is untouched`)
}

/** Removes containers, running or not. Their volumes stay: only `destroy` removes data. */
export async function removeContainers(targets: readonly Target[]): Promise<void> {
  if (targets.length > 0) await exec(['docker', 'rm', '--force', ...targets.map(({ name }) => name)] as const)
}
