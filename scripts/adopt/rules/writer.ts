import { posix } from 'node:path'
import { expand } from '../../image/expand.ts'
import { commandOf, type Old } from '../draft.ts'
import { allPlacedIn } from '../in-image.ts'
import { isWithin } from '../source-tree.ts'
import { WORDPRESS } from '../uploads.ts'

// As whom a service runs, and what its Dockerfile gives to that user.

/** Whether a Dockerfile speaks of a folder, or makes it and gives all around it away. */
export function isGiven(old: Pick<Old, 'tree' | 'spec' | 'stage'>, folder: string, text: string): boolean {
  if (text.includes(folder)) return true
  const { runs = [], workdir = '/', environment, args } = old.stage ?? {}
  // The words after each call of a program; of chown, the first one is no path.
  const pathsAfter = (program: string, isMeant: RegExp) =>
    runs.flatMap((run) =>
      [...run.matchAll(new RegExp(`\\b${program}\\s+([^;&|]+)`, 'g'))].flatMap(([, said = '']) =>
        isMeant.test(said)
          ? said.split(/[\s\\]+/).map((word) => posix.resolve(workdir, expand(word, { ...args, ...environment })))
          : [],
      ),
    )
  const isMade = allPlacedIn(old, folder).length > 0 || pathsAfter('mkdir', /./).some((path) => isWithin(path, folder))
  const isCopied = /^\s*(COPY|ADD)\s.*--chown=(?!root|0\b)/im.test(text) && allPlacedIn(old, folder).length > 0
  const isFor = (program: string, isMeant: RegExp) =>
    pathsAfter(program, isMeant).some((path) => isWithin(folder, path))
  return isCopied || (isMade && (isFor('chown', /(^|\s)-\w*R|--recursive/) || isFor('chmod', OPENS)))
}
// Lets all users write to a folder, and to all below it.
const OPENS = /(?=.*(^|\s)(-\w*R|--recursive))(?=.*(^|\s)([0-7]?[0-7]{2}[2367]|[ugoa]*[oa]\+\w*w\w*)(\s|$))/

/** Who is to own what a proposed Dockerfile puts at a path, so that the service may write there; undefined where nobody says it. */
export const ownerFor = ({ spec, stage }: Pick<Old, 'spec' | 'stage'>, path: string): string | undefined =>
  // Who says as whom it runs beside a mount is mostly the owner of that folder.
  spec.user !== undefined && !/^(root|0)(:|$)/.test(spec.user)
    ? spec.user
    : stage?.runs.flatMap((run) => givenTo(run, path)).at(-1)
// Whom a line of a Dockerfile gives a folder with all in it, before what comes later is copied there.
export const givenTo = (run: string, folder: string): string[] =>
  [...run.matchAll(CHOWN)].flatMap(([, owner = '', paths = '']) =>
    paths.split(/\s+/).some((path) => path.startsWith('/') && isWithin(folder.replace(/(.)\/$/, '$1'), path))
      ? [owner]
      : [],
  )
const CHOWN = /\bchown\s+-R\s+(\w[\w-]*(?::[\w-]+)?)\s+([^;&|]+)/g

/**
 * The user that runs the code of a service, with its group where that is said; undefined for root. Of a server of PHP, only the first
 * process is root, also where the author says so.
 */
export function writerOf({ spec, stage }: Pick<Old, 'spec' | 'stage'>): string | undefined {
  const [user, command] = [spec.user || stage?.user || '', commandOf({ spec, stage }).join(' ')]
  const isServer = user === '' || command === '' || SERVES.test(command)
  const isRoot = /^(root|0)?(:|$)/.test(user)
  return !isRoot ? user : isServer && isForPages({ spec, stage }) ? 'www-data' : undefined
}
const SERVES = /fpm|apache|supervisord|entrypoint|\.sh\b/
/** Whether a service is a server of PHP, or Debian's: it begins as root, and runs the pages as another user. */
export const isForPages = ({ spec, stage }: Pick<Old, 'spec' | 'stage'>) =>
  [/(^|\/)php:.*(apache|fpm)/, WORDPRESS].some((one) => one.test(stage?.image ?? spec.image ?? '')) ||
  stage?.runs.some((run) => PAGES_OF_DEBIAN.test(run)) === true
const PAGES_OF_DEBIAN = /\bapt(-get)?\s[^;&|]*\s(php[\d.]*-fpm|apache2|libapache2-mod-php[\d.]*)(\s|$)/

/** Whether a Dockerfile gives the user that runs the code a number: mostly that of the owner of a mounted folder, who may write to all of it. */
export function isNumbered(old: Pick<Old, 'spec' | 'stage'>): boolean {
  const [user] = writerOf(old)?.split(':') ?? []
  const { runs = [], environment, args } = old.stage ?? {}
  const named = new RegExp(
    `\\b(user(mod|add)|adduser)\\s(?:[^;&|]*\\s)?(-u|--uid)[\\s=]*[^;&|]*\\s${user}(\\s|$|[;&|])`,
  )
  return user !== undefined && runs.some((run) => named.test(expand(run, { ...args, ...environment })))
}
