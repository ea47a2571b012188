import { exec } from '../../cli/io/exec.ts'
import { timed } from '../../cli/io/timed.ts'
import { toolkitImageId } from '../../docker/io/toolkit-container.ts'
import { TEST_LABEL } from '../../docker/labels.ts'

// In milliseconds. With 300 a file of tests waits for half of its time: four of them take both of two cores, and three nine tenths. With
// 600 one file takes both.
const QUICK = 400

/** How many files of end-to-end tests run at once: as many as the time of a container's start on this host allows. */
export async function chooseWorkers(run: string): Promise<number> {
  const image = await toolkitImageId()
  const argv = ['docker', 'run', '--rm', '--label', `${TEST_LABEL}=${run}`, '--entrypoint', 'true', image] as const
  const times: number[] = []
  for (let turn = 0; turn < 3; turn++) times.push(await timed(() => exec(argv, { quiet: true })))
  return Math.min(...times) < QUICK ? 4 : 2
}
