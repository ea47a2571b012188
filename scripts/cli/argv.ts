/** A command and its arguments. */
export type Argv = readonly [string, ...string[]]

/** Options with which tar packs the same files into the same bytes, for any user, on any host, at any time. */
export const SAME_BYTES = ['--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--mode=u=rwX,go=rX'] as const
