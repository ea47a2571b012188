/**
 * What a container of the toolkit may take, so that a hostile application cannot take the host through it; compose/toolkit.yaml
 * says the same. Measured: the unit tests take 530 MB and 46 processes on 2 cores, and restic 570 MB and 12 threads to restore
 * 400,000 files.
 */
export const TOOLKIT_LIMITS = ['--memory', '8g', '--pids-limit', '4096'] as const

/** The same for one that only reads, packs or unpacks some files. */
export const HELPER_LIMITS = ['--memory', '512m', '--pids-limit', '64'] as const
