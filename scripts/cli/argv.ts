/** A command and its arguments. */
export type Argv = readonly [string, ...string[]]

/** Options that make tar's archive of the same files the same bytes, whoever packs them, on whatever host, at whatever time. */
export const SAME_BYTES = ['--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--mode=u=rwX,go=rX'] as const
