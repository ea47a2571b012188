import { posix } from 'node:path'
import type { Old } from '../draft.ts'
import { serverOf } from '../server.ts'
import { isWithin } from '../source-tree.ts'

// Folders of the host that lie in each other, and become volumes of their own.

/** Whether whatever mounts a folder mounts another one in its place there as well, so that all see the same. */
export const isNested = ({ project }: Old, around: string, folder: string) =>
  Object.values(project.services).every(({ volumes = [] }) =>
    volumes.every(({ source, target }) => {
      const place = posix.join(target, posix.relative(around, folder))
      return source !== around || volumes.some((one) => one.source === folder && one.target === place)
    }),
  )

/** Whether a path holds the data of a server, which it has for itself: nobody reads its files elsewhere, also where a folder around them is mounted. */
export const isOwnData = (server: Old['server'], target: string) =>
  server !== undefined && server.data !== '' && (isWithin(target, server.data) || isWithin(server.data, target))
/** The folders with the data of servers below a folder of the host, by their paths from there. */
export const serversBelow = ({ tree, project }: Old, folder: string) =>
  Object.entries(project.services).flatMap(([name, { volumes = [] }]) =>
    volumes.flatMap(({ source = '', target }) =>
      source !== folder && isWithin(source, folder) && isOwnData(serverOf(tree, project, name), target)
        ? posix.relative(folder, source)
        : [],
    ),
  )
