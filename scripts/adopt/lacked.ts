import { posix } from 'node:path'
import { isMadeOf } from '../image/copied-places.ts'
import { factsOf, PLACEHOLDERS, pathFrom } from './build.ts'
import { contextOf, type Imaged, placedIn } from './in-image.ts'
import { ASIDE, CODE, isWithin, type Mount, type SourceTree } from './source-tree.ts'

// What a program makes pages of.
const TEMPLATE = /\.(ejs|pug|hbs|handlebars|mustache|njk|twig|erb|haml|slim|jinja2?|j2|tmpl|gohtml|liquid)$/i
const FOR_READERS = /\.md$|(^|\/)(licen[cs]e|changelog|readme|\w*\.?dockerfile|(docker-)?compose)[^/]*$/i
// What a server is set up with, or serves.
const WHOLE = /^\/(etc|usr\/share\/nginx|usr\/share\/caddy|usr\/local\/apache2|var\/www)(\/|$)/

/**
 * The programs among files of a mount that no stage of a build copies, or that lie elsewhere below the mount: others may be built from
 * what one does. Of a folder of its own, or of what a server is set up with or serves, each file counts. The build sees the files of
 * `seen`.
 */
export function lackedIn(
  old: Imaged,
  files: readonly string[],
  { source = '', target }: Mount,
  seen: Set<string>,
): string[] {
  const [facts, placed] = [factsOf(old.tree, old.spec), Map.groupBy(placedIn(old, '/'), ([file]) => file)]
  const [inside, inContext] = [pathFrom(old.tree, source), pathFrom(old.tree, contextOf(old))]
  const isPart = source !== posix.join(old.tree.root, old.tree.dir)
  const isMeant = (file: string) =>
    CODE.test(file) || TEMPLATE.test(file) || (isPart && !FOR_READERS.test(file)) || WHOLE.test(target)
  return files.filter((file) => {
    const own = inContext(file)
    const isProgram = isMeant(file) && !OWN.test(file) && !ASIDE.test(inside(file) ?? '')
    if (!isProgram || own === undefined) return false
    const places = placed.get(file)?.map(([, place]) => place)
    const place = posix.join(target, inside(file) ?? '')
    // What the image has elsewhere below the mount, the mount hid, and showed where the program looks for it.
    if (places) return !places.some((one) => one === place || !isWithin(one, target))
    return !seen.has(file) || facts === undefined || !isMadeOf(facts, own)
  })
}
/** Whether a folder of this host has files that git does not keep. */
export function hasOthers(tree: SourceTree, folder: string): boolean {
  const [inside, tracked] = [pathFrom(tree, folder), new Set(tree.tracked)]
  const all = tree.files.map((file) => posix.join(tree.dir, file))
  return all.some((file) => inside(file) !== undefined && !tracked.has(file) && !PLACEHOLDERS.test(file))
}
/** Programs for whoever works on the code. */
export const OWN =
  /(^|\/)(docs?|scripts?|bin|__tests__|spec)\/|[._-](tests?|spec|config|setup|stories)\.|(^|\/)(test_[^/]*$|\.|Makefile|gulpfile)/i
