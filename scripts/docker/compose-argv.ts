import type { Argv } from '../cli/argv.ts'

/**
 * Runs Compose on these files, with the variables of its environment alone: it would read `.env` by rules of its own.
 */
export const composeArgv = (project: string, files: readonly string[], args: readonly string[]): Argv => [
  ...(['docker', 'compose', '--project-name', project, '--env-file', '/dev/null'] as const),
  ...files.flatMap((file) => ['-f', file]),
  ...args,
]

/** Removes a project's containers and networks; with their volumes only where `destroy` is to leave no trace. */
export const downArgv = (project: string, { volumes = false } = {}): [string, ...string[]] => [
  ...(['docker', 'compose', '--progress', 'plain', '--project-name', project] as const),
  ...['down', '--remove-orphans', ...(volumes ? ['--volumes'] : [])],
]

/** What to do where Compose says that a volume with `external: true` is not there; undefined where it says something else. */
export function absentRemedy(said: string): string | undefined {
  const [, name] = /external volume "([\w.-]+)" not found/.exec(said) ?? []
  return name && `docker volume create ${name}, then run the command again   (or correct its name: docker volume ls)`
}
