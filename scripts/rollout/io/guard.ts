import { variable } from '../../cli/io/environment.ts'
import { exec, tryExec } from '../../cli/io/exec.ts'
import { ofToolkit } from '../../cli/io/places.ts'
import { settingNames } from '../../config/settings.ts'
import { GUARD } from '../../docker/compose-model.ts'
import { removeContainers } from '../../docker/io/containers.ts'
import { engine, listContainers } from '../../docker/io/engine.ts'
import { toolkitContainerId } from '../../docker/io/toolkit-container.ts'
import { COMPOSE_PROJECT, COMPOSE_SERVICE, OWNER } from '../../docker/labels.ts'
import { TOOLKIT_LIMITS } from '../../docker/limits.ts'
import { ledgerPath } from '../../state/io/ledger.ts'

/**
 * The guard is a container that waits for the project's lock. The kernel frees that lock when this run dies, however it
 * dies; the guard then finishes or undoes what this run has begun: an exclusive rollout has a moment in which nothing
 * serves, and requests wait. It has what this toolkit container has, and comes back with the engine.
 */
export type Guard = {
  /** Begins to start it, and does not wait: that takes a moment, in which other steps go on. */
  readonly start: () => void
  /** Begins to remove it. */
  readonly remove: () => void
  /** Waits until what was begun last is done. Throws where that has failed. */
  readonly wait: () => Promise<void>
}

/** The guard of a project, for one list of steps. */
export function openGuard(project: string): Guard {
  let pending: Promise<void> = Promise.resolve()
  const begin = (work: Promise<void>) => {
    pending = work
    // Whoever waits is told.
    work.catch(() => {})
  }
  return {
    start: () => {
      if (isStarted) return begin(Promise.resolve())
      isStarted = true
      begin(startContainer(project))
    },
    remove: () => {
      isStarted = false
      begin(removeGuards(project))
    },
    wait: async () => await pending,
  }
}

// Whether this process has started one: the steps that undo a run need no second guard.
let isStarted = false

async function startContainer(name: string): Promise<void> {
  const self = await engine.getContainer(toolkitContainerId()).inspect()
  const labels = { [OWNER]: GUARD, [COMPOSE_PROJECT]: name, [COMPOSE_SERVICE]: GUARD }
  const groups = (self.HostConfig.GroupAdd ?? []).flatMap((group) => ['--group-add', group])
  const settings = [...settingNames, 'USER', 'DARTAGNAN', 'DARTAGNAN_CALLER', 'DARTAGNAN_REMOTE'].filter(variable)
  await exec([
    ...(['docker', 'run', '--detach', '--init', '--restart', 'on-failure', '--network', 'host'] as const),
    ...TOOLKIT_LIMITS,
    // A name of its own: that of an earlier run may still be about to end.
    ...[
      '--name',
      `${name}-${GUARD}-${Date.now().toString(36)}`,
      ...Object.entries(labels).flatMap((label) => ['--label', label.join('=')]),
    ],
    ...['--volumes-from', toolkitContainerId(), '--user', self.Config.User, ...groups, '--workdir', process.cwd()],
    ...settings.flatMap((key) => ['--env', key]),
    ...['--env', 'DARTAGNAN_GUARD=1', self.Image],
    ...[
      'sh',
      '-c',
      'flock "$0" true && exec sh "$1" status',
      ledgerPath(name, 'lock'),
      ofToolkit('scripts/setup/door.sh'),
    ],
  ])
}

async function removeGuards(project: string): Promise<void> {
  const guards = (await listContainers(project)).filter(
    ({ service, id }) => service === GUARD && id !== toolkitContainerId(),
  )
  await removeContainers(guards)
}

/** Ends the guard of a killed run, where this is one: what it waited for is done. */
export async function endGuard(): Promise<void> {
  if (variable('DARTAGNAN_GUARD')) await tryExec(['docker', 'rm', '--force', toolkitContainerId()])
}
