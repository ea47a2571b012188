/** Options by which tar makes the same archive of the same files, whoever packs them, where and when. */
export const SAME_BYTES = ['--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--mode=u=rwX,go=rX'] as const
