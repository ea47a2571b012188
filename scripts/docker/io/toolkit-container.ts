import { readFileSync } from 'node:fs'
import { engine, manager } from './engine.ts'

/** The id of the container that this runs in: the engine mounts its host name from a folder named after the id. */
export function toolkitContainerId(): string {
  return /\/containers\/([0-9a-f]{64})\//.exec(readFileSync('/proc/self/mountinfo', 'utf8'))?.[1] ?? ''
}

// The engine is asked once: none of this changes during a run.
let asked: Promise<{ image: string; name: string }> | undefined
const surroundings = () => {
  asked ??= manager
    .getContainer(toolkitContainerId())
    .inspect()
    .then(({ Image, Config }) => ({ image: Image, name: Config.Image }))
  return asked
}

/** The id of the toolkit's image that this runs in, and the name that it was started by. */
export const toolkitImageId = async (): Promise<string> => (await surroundings()).image
export const toolkitImageName = async (): Promise<string> => (await surroundings()).name
/** The id of the engine that is worked on. */
export const engineId = async (): Promise<string> => ((await engine.info()) as { ID: string }).ID
