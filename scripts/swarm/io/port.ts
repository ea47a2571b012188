import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../../cli/failure.ts'
import { tryExec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { waitFor } from '../../cli/io/wait.ts'
import type { Config } from '../../config/io/read.ts'
import { PROXY } from '../../docker/compose-model.ts'
import { toolkitImageId } from '../../docker/io/toolkit-container.ts'
import { HELPER_LIMITS } from '../../docker/limits.ts'
import { problemThrough } from '../../proxy/io/probe.ts'
import { openProxy, proxyIn } from '../../proxy/io/runtime.ts'
import type { Release } from '../../release/model.ts'
import { taskContainers } from './hold.ts'

// Docker gives a port to one container, so between two of them connections are refused. One whose first packet is dropped is not
// refused: the kernel of whoever connects sends that packet again, after a second at first.
// The iptables of the host do that, which Docker uses, too. The kernel forgets the rules at `until`: a run that is killed closes nothing.
const RULES = `mark=$0 port=$1 until=$2
for of in iptables ip6tables; do
  $of -w -t raw -S | sed -n "/ --comment $mark /s/^-A/-D/p" | while read -r rule; do $of -w -t raw $rule; done
  [ -z "$until" ] || for chain in PREROUTING OUTPUT; do
    $of -w -t raw -I $chain -p tcp --dport "$port" --syn -m addrtype --dst-type LOCAL \\
      -m time --datestop "$until" -m comment --comment "$mark" -j DROP || [ $of = ip6tables ] || exit
  done
done`

/**
 * Lets new connections to PORT of this host wait while `free` frees it, and until a proxy answers there as this release, for at most
 * HOLD_TIMEOUT seconds. Gives how to end that. Where the host cannot, they are refused meanwhile, and it says so.
 */
export async function handPortOver(
  { PROJECT, PORT, HOLD_TIMEOUT }: Config,
  release: Release,
  free: () => Promise<void>,
): Promise<() => Promise<void>> {
  const image = await toolkitImageId()
  const setRules = async (...until: string[]) => {
    const run = [
      'docker',
      'run',
      '--rm',
      '--privileged',
      '--userns',
      'host',
      '--pid',
      'host',
      ...HELPER_LIMITS,
    ] as const
    const inside = ['--entrypoint', 'nsenter', image, '--target', '1', '--mount', '--net', 'sh', '-c', RULES]
    return await tryExec([...run, ...inside, `moves-${PROJECT}`, String(PORT), ...until], { quiet: true })
  }
  let ended: Promise<unknown> | undefined
  const end = async () => {
    ended ??= setRules()
    await ended
  }
  log.step(`let new connections to port ${PORT} wait`, 'it changes hands')
  const { exitCode, stderr } = await setRules(new Date(Date.now() + HOLD_TIMEOUT * 1000).toISOString().slice(0, 19))
  if (exitCode !== 0) log.warn(`connections to port ${PORT} are refused for some seconds: ${stderr.trim()}`)
  try {
    await free()
  } catch (error) {
    await end()
    throw error
  }
  const isOver = async () => ended !== undefined || (await serves(release).catch(() => false))
  void waitFor(isOver, HOLD_TIMEOUT, () => sleep(100))
    .then(end)
    .catch((error: unknown) => log.warn(messageOf(error)))
  return end
}

// A proxy of the swarm on this engine has its port, or the one of Compose.
async function serves(release: Release): Promise<boolean> {
  const { name } = release.compose
  const [task] = await taskContainers(name, [PROXY])
  const proxy = task ? proxyIn(task.id) : await openProxy(name)
  const sets = Object.fromEntries(release.routes.map(({ service }) => [service, 'blue' as const]))
  return (await problemThrough(proxy, release, sets)) === undefined
}
