import { readFileSync } from 'node:fs'

/** The id of the container that this runs in: the engine mounts its host name from a folder of that name. */
export function selfId(): string {
  return /\/containers\/([0-9a-f]{64})\//.exec(readFileSync('/proc/self/mountinfo', 'utf8'))?.[1] ?? ''
}
