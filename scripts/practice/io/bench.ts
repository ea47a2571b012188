import { join } from 'node:path'
import { Failure } from '../../cli/failure.ts'
import { tryExec } from '../../cli/io/exec.ts'
import { engine } from '../../docker/io/engine.ts'
import { removeLabelled } from '../../docker/io/remove-labelled.ts'
import { toolkitImageName } from '../../docker/io/toolkit-container.ts'
import { LESSON_LABEL } from '../../docker/labels.ts'
import { lockedImage } from '../../image/io/images.ts'
import { closeStage, openStage, provideImage } from '../../tour/io/stage.ts'
import type { Names } from '../../tour/names.ts'
import type { Exercise, Finding } from '../exercise.ts'
import { IMAGES } from '../exercises.ts'

/** Where exercises are done: a folder of the checkout, and the names that their things have on the engine. */
export type Bench = { readonly folder: string; readonly prefix: string; readonly names: Names }

const stageOf = ({ folder, prefix, names }: Bench, id: string) => openStage(join(folder, id), prefix, names)

/** Makes what an exercise begins with, and gives the last line that its setup has printed. Throws a Failure. */
export async function begin(exercise: Exercise, bench: Bench): Promise<string> {
  const { id, files = {}, setup = ':' } = exercise
  const sources = [lockedImage('python').reference, lockedImage('registry').reference, await toolkitImageName()]
  for (const [n, name] of IMAGES.entries())
    if (`${exercise.task.en} ${setup} ${JSON.stringify(files)} ${exercise.solution}`.includes(name))
      await provideImage(bench.names.toEngine(name), sources[n] ?? '', bench.prefix)
  const stage = stageOf(bench, id)
  stage.write(files)
  const { output, status } = await stage.run(`set -e\n${setup}`)
  if (status === 0) return output.trim().split('\n').at(-1) ?? ''
  throw new Failure(`the exercise ${id} could not be prepared`, {
    detail: output,
    next: `make practice CLEAN=1 && make practice EXERCISE=${id}`,
  })
}

/** What the engine says of each condition of an exercise. */
export async function check({ id, conditions }: Exercise, bench: Bench, made: string): Promise<Finding[]> {
  const { look } = stageOf(bench, id)
  return await Promise.all(conditions(made).map((condition) => condition(look)))
}

/** Removes all that exercises, and the person who does them, have made: by label, and by the beginning of its name. */
export async function clean({ folder, prefix, names }: Bench, made = ''): Promise<void> {
  const isOurs = (name: string) => name.startsWith(prefix)
  const filters = { name: [prefix] }
  const containers = (await engine.listContainers({ all: true, filters }))
    .filter(({ Names }) => Names.some((name) => isOurs(name.slice(1))))
    .map(({ Id }) => Id)
  await remove(['rm', '--force', '--volumes'], containers)
  await removeLabelled(`${LESSON_LABEL}=${prefix}`)
  const volumes = (await engine.listVolumes({ filters })).Volumes.map(({ Name }) => Name).filter(isOurs)
  // A setup that has made a volume without a name prints that.
  const nameless = /^[0-9a-f]{64}$/.test(made) ? [made] : []
  await remove(['volume', 'rm', '--force'], [...volumes, ...nameless])
  await remove(['network', 'rm'], (await engine.listNetworks({ filters })).map(({ Name }) => Name).filter(isOurs))
  const registry = names.toEngine('localhost:8095/')
  const tags = (await engine.listImages()).flatMap(({ RepoTags }) => RepoTags ?? [])
  await remove(
    ['image', 'rm', '--force'],
    tags.filter((tag) => isOurs(tag.replace(registry, ''))),
  )
  await closeStage(folder)
}

async function remove(argv: readonly [string, ...string[]], found: readonly string[]): Promise<void> {
  if (found.length > 0) await tryExec(['docker', ...argv, ...found], { quiet: true })
}
