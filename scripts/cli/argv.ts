/** A command and its arguments. */
export type Argv = readonly [string, ...string[]]
