// Only this file reads process.env: a test checks that.

/** The value of a variable of this process; undefined where it is not set. */
export const variable = (name: string): string | undefined => process.env[name]

/** Sets a variable, for this process and its commands. */
export const setVariable = (name: string, value: string): void => {
  process.env[name] = value
}

/** All variables of this process. */
export const variables = (): Record<string, string> =>
  Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? '']))

/** Removes the variables by which zx would run a caller's text on every call (ZX_PREFIX and the like). */
export function dropZxVariables(): void {
  for (const name of Object.keys(process.env)) if (name.startsWith('ZX_')) delete process.env[name]
}

/**
 * The variables that commands inherit: all but those of zx, make, bash and Compose that change what a command does, and those that only
 * this container and its image have: a Compose file that names one means that of its .env.
 */
export const childVariables = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(variables()).filter(
      ([name]) => !/^(ZX_|MAKE|MFLAGS|BASH_ENV$|COMPOSE_|(HOSTNAME|NODE_VERSION|YARN_VERSION)$)/.test(name),
    ),
  )
