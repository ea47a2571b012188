import { variable } from '../../cli/io/environment.ts'
import { exec } from '../../cli/io/exec.ts'
import { settingNames } from '../../config/settings.ts'
import { GUARD } from '../../docker/compose-model.ts'
import { removeContainers } from '../../docker/io/containers.ts'
import { engine, listContainers } from '../../docker/io/engine.ts'
import { toolkitContainerId } from '../../docker/io/toolkit-container.ts'
import { COMPOSE_PROJECT, COMPOSE_SERVICE, OWNER } from '../../docker/labels.ts'
import { ledgerPath } from '../../state/io/ledger.ts'
import type { Context } from './context.ts'

/**
 * Starts a container that waits for the project's lock, which the kernel frees when this run dies, however it dies. It
 * then finishes or undoes what this run has begun: an exclusive rollout has a moment in which nothing serves, and
 * requests wait. It has what this toolkit container has, and comes back with the engine.
 */
export async function startGuard({ release }: Context): Promise<void> {
  if (ours) return
  ours = true
  const { name } = release.compose
  const self = await engine.getContainer(toolkitContainerId()).inspect()
  const labels = { [OWNER]: GUARD, [COMPOSE_PROJECT]: name, [COMPOSE_SERVICE]: GUARD }
  const groups = (self.HostConfig.GroupAdd ?? []).flatMap((group) => ['--group-add', group])
  const settings = [...settingNames, 'USER', 'DARTAGNAN_CALLER', 'DARTAGNAN_REMOTE'].filter(variable)
  await exec([
    ...(['docker', 'run', '--detach', '--init', '--restart', 'on-failure', '--network', 'host'] as const),
    // A name of its own: that of an earlier run may still be about to end.
    ...[
      '--name',
      `${name}-${GUARD}-${Date.now().toString(36)}`,
      ...Object.entries(labels).flatMap((label) => ['--label', label.join('=')]),
    ],
    ...['--volumes-from', toolkitContainerId(), '--user', self.Config.User, ...groups, '--workdir', process.cwd()],
    ...settings.flatMap((key) => ['--env', key]),
    ...['--env', 'DARTAGNAN_GUARD=1', self.Image],
    ...['sh', '-c', 'flock "$0" true && exec node scripts/status.ts', ledgerPath(name, 'lock')],
  ])
}

// Whether this run has started one.
let ours = false

/** Removes the guard: requests no longer wait. */
export async function removeGuard(project: string): Promise<void> {
  ours = false
  const guards = (await listContainers(project)).filter(
    ({ service, id }) => service === GUARD && id !== toolkitContainerId(),
  )
  await removeContainers(guards)
}
