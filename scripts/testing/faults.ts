import { setTimeout as sleep } from 'node:timers/promises'
import { exec } from '../cli/io/exec.ts'
import { toolkitContainerId } from '../docker/io/toolkit-container.ts'

/**
 * Kills this process at the place that `fault` names, such as `3:before`, `3:during` or `3:after` step 3. With
 * `:container` at the end, kills the container that this process runs in. A rollout calls it at each step
 * (rollout/io/run.ts).
 */
export const killAt =
  (fault: string) =>
  async (step: number, moment: 'before' | 'during' | 'after'): Promise<void> => {
    const place = `${step}:${moment}`
    // Long enough for the step to be under way.
    if (moment === 'during' && fault.startsWith(place)) await sleep(60)
    if (fault === place) process.kill(process.pid, 'SIGKILL')
    if (fault === `${place}:container`) await exec(['docker', 'kill', toolkitContainerId()])
  }
