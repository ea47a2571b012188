/** Removes a project's containers and networks. Never --volumes: only `destroy` removes data. */
export const downArgv = (project: string): [string, ...string[]] => [
  ...(['docker', 'compose', '--progress', 'plain', '--project-name', project] as const),
  ...['down', '--remove-orphans'],
]
