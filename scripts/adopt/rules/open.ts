import { posix } from 'node:path'
import { quote } from '../draft.ts'
import type { Mounting } from '../mounts.ts'
import { placeOf } from './env-file.ts'
import { isGiven, writerOf } from './writer.ts'

/**
 * The lines for what every user may write to on this host, by its permissions there: git does not keep these, and what COPY brings is
 * root's. Other lines give the service those `folders`.
 */
export function openLines(old: Mounting, folders: ReadonlySet<string>, text = ''): string[] {
  const [user, group] = writerOf(old)?.split(':') ?? []
  const { tree } = old
  const places = Object.entries(tree.open ?? {}).flatMap(([path, kind]) => {
    const file = posix.relative(tree.root, path)
    const place = kind === 'file' && !tree.tracked.includes(file) ? undefined : placeOf(old, file)
    return place && !folders.has(place) && !(text && isGiven(old, place, text)) ? [{ place: quote(place), kind }] : []
  })
  if (!user) return []
  const placesOf = (kind: string) => places.flatMap((one) => (one.kind === kind ? one.place : [])).join(' ')
  const [open, files] = [placesOf('folder'), placesOf('file')]
  return [
    ...(open ? [`RUN install -d -o ${user}${group ? ` -g ${group}` : ''} ${open}`] : []),
    ...(files ? [`RUN chown ${user}${group ? `:${group}` : ''} ${files}`] : []),
  ]
}
