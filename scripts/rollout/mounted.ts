import { type ComposeModel, PROXY, unescapeDollars } from '../docker/compose-model.ts'
import { isWithin } from '../docker/paths.ts'
import type { Image } from '../release/model.ts'

/** What the services of a release mount of a checkout: no image has it. The proxy's own files are the toolkit's. */
export const mountedOf = ({ services }: ComposeModel, checkout: string): string[] => {
  const mounts = Object.entries(services).flatMap(([name, { volumes = [] }]) => (name === PROXY ? [] : volumes))
  const sources = mounts.flatMap(({ type, source = '' }) => (type === 'bind' ? unescapeDollars(source) : []))
  return [...new Set(sources.filter((source) => isWithin(source, checkout)))]
}

/** Says that these files of git are mounted and not as in the version to go back to, and how they become so. */
export function sayMounted(
  files: readonly string[],
  { version, revision }: Pick<Image, 'version' | 'revision'>,
): string {
  const more = files.length > 3 ? ` and ${files.length - 3} more` : ''
  const first = files.slice(0, 3)
  const next = `git checkout ${revision.slice(0, 12)} -- ${files.length > 3 ? '…' : first.join(' ')}`
  return `services mount ${first.join(', ')}${more} of this checkout, which a rollback leaves as they are; to have them as in ${version}, before it: ${next}`
}
