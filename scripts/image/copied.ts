import { posix } from 'node:path'

/** What a line of COPY or ADD copies. */
export type Copied = {
  readonly from: string
  readonly sources: readonly string[]
  /** An absolute path; with a slash at its end, a folder. */
  readonly to: string
}

// A build sees nothing above its context: `..` leads nowhere.
const inContext = (source: string) => source.replace(/^(\.?\/)*(\.\.\/)+/, '')

/** Reads the words of such a line; none where they copy nothing. `from` is another stage or image. */
export function copiedBy(workdir: string, words: readonly string[], from = ''): Copied[] {
  const all = words.filter((word) => !word.startsWith('--'))
  const last = all.at(-1) ?? ''
  const to = last === '.' ? workdir : last.startsWith('/') ? last : posix.join(workdir, last)
  const isFolder = to === workdir || FOLDERS.test(to)
  return all.length < 2
    ? []
    : [{ from, sources: all.slice(0, -1).map(inContext), to: isFolder ? posix.join(to, '/') : to }]
}
// A file goes into a folder that is there before.
const FOLDERS =
  /^\/(etc(\/nginx(\/(conf\.d|templates))?)?|usr\/share\/nginx(\/html)?|var\/www(\/html)?|(usr\/(local\/)?)?s?bin|tmp|srv|opt)$/
