import { posix } from 'node:path'

/** The path of a VOLUME as containers have it: the engine takes any for one from the root, and a slash at its end means nothing. */
export const volumePath = (said: string): string => posix.resolve('/', said)

/** The paths of all VOLUMEs in the configuration of an image. */
export const volumePaths = (volumes: object | null | undefined): string[] => [
  ...new Set(Object.keys(volumes ?? {}).map(volumePath)),
]

/** Whether a path is that folder, or lies in it. */
export const isWithin = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)

/** Whether a path holds nothing that anybody would miss: a file system in memory does. */
export const isScratch = (path: string): boolean => /^\/(tmp|run|var\/(tmp|run|lock|cache|log))(\/|$)/.test(path)
