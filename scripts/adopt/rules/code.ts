import { posix } from 'node:path'
import { hasStandIns } from '../../image/stand-in.ts'
import { about, commandOf, type Old, type Part, shownPath } from '../draft.ts'
import { type Finding, listFindings, some } from '../finding.ts'
import { inImage } from '../in-image.ts'
import { installs, VENDOR } from '../installs.ts'
import { type Fated, FILE, isRun, placesBelow } from '../mounts.ts'
import { COMPOSER } from '../php-packages.ts'
import { isJob } from '../server.ts'
import { CODE, countOf, LISTS } from '../source-tree.ts'
import { unkeptIn } from '../unkept.ts'
import { absentImage } from './base.ts'
import { MOVED } from './beside.ts'
import { envFilesOf } from './env-file.ts'
import { CONFIGURED, hasShell, othersIn } from './image-files.ts'
import { keptOutOf } from './kept-out.ts'
import { isOutput, packagesOf, uninstalledList } from './packages.ts'
import { hasOwnVolume } from './sent.ts'
import { servedIn } from './served.ts'

/** Code that is mounted over the same code of the image. */
export function sourcePart(old: Old, one: Fated, shown: string): Part {
  const has = inImage(old, one.target).toSorted((a, b) => Number(CODE.test(b)) - Number(CODE.test(a)))
  const holds = has.length > 0 ? `the image contains ${has.slice(0, 2).join(', ')}` : 'it belongs into the image'
  const isCode = one.kept.length === 0 || one.kept.some((file) => CODE.test(file))
  const what = isCode ? 'it is code' : 'the image has what git keeps there'
  const left = about(old, 'volumes').note(
    `the mount of ${shown} over ${one.target} is left out: ${what}`,
    `${holds}; a mount would hide the next version. To work on it, use make dev`,
    { confidence: 'stated' },
  )
  // What no image needs tells a COPY of all from one that the service may need.
  const others = othersIn(old, one)
  const brings =
    others.some((name) => NEEDLESS.test(name)) &&
    about(old, 'volumes').note(
      `its Dockerfile brings ${some(others)} to ${one.target}, where a mount hid it`,
      'name in .dockerignore what the image does not need: a web server may show it to anybody',
      { confidence: 'likely' },
    )
  return { findings: listFindings(left, ...lackFindings(old, one, shown), brings) }
}
const NEEDLESS = /dockerfile|compose[\w.-]*\.ya?ml$|^dartagnan\./i

// What the mount brought from the host, and the image lacks: packages that nothing installs, and files that cannot go
// into the image; mostly, .dockerignore hides those from the build.
function lackFindings(old: Old, one: Fated, shown: string): Finding[] {
  const { note, missing } = about(old, 'volumes')
  const list = uninstalledList(old, one)
  const runs = one.lacked.filter((file) => isRun(old, placesBelow(old, one)(file)))
  const served = servedIn(old, one)
  const lacks = `the image lacks ${some(one.lacked)} of ${shown}`
  const { stage: own, spec, tree } = old
  const installed = [...(own?.runs ?? []), ...commandOf({ spec, stage: own })].some((line) =>
    installs(line, tree.sources),
  )
  const vendor = installed ? undefined : one.lacked.find((file) => /(^|\/)vendor\/autoload\.php$/.test(file))
  const copy = 'let the Dockerfile copy them, and no line of .dockerignore name them'
  const { stage = [], lines = [] } = packagesOf(old, one, { from: shown, to: one.target }) ?? {}
  const by = [...stage, ...lines].findLast((line) => /^RUN (?!touch )/.test(line))
  const dotenv = shownPath(old.tree, posix.join(one.source ?? '', '.env'))
  const isUnset = lines.some((line) => line.startsWith('RUN touch ')) && !envFilesOf(old).includes(dotenv)
  const has = `${shown} ${list === VENDOR ? 'requires' : 'has'} ${list}, and nothing`
  const other = 'where they need more, such as a build, name a Dockerfile that does it in build: of the Compose file'
  const build = 'let a Dockerfile copy the code and install them (build: in the Compose file), then run this again'
  const isAbsent = stage.length > 0 && !old.tree.images[COMPOSER] && hasStandIns(old.tree.lock)
  return listFindings(
    isAbsent && absentImage(old.service, COMPOSER),
    by !== undefined
      ? note(`${has} installed its packages: the proposed Dockerfile does, by ${by}`, other, { confidence: 'likely' })
      : list !== undefined && missing(`${has} installs its packages in the image`, build),
    isUnset &&
      missing(
        `symfony/runtime reads ${dotenv}, which is in no version and not here: the image has an empty one`,
        `write there what the application needs, such as APP_ENV, APP_SECRET and DATABASE_URL, then run this again: its services get these values`,
      ),
    runs.length > 0
      ? missing(`${lacks}, and its command runs ${some(runs)}`, copy)
      : served
        ? missing(`${lacks}, and its code serves ${served.value}`, copy, { where: served.where, confidence: 'likely' })
        : vendor
          ? missing(`${lacks}, and nothing installs ${posix.dirname(vendor)}`, copy, { confidence: 'likely' })
          : one.lacked.length > 0 && note(lacks, `where the service needs these, ${copy}`, { confidence: 'guess' }),
  )
}

/** Files of the repository that the image lacks, and gets. */
export const bakedPart = (old: Old, one: Fated, shown: string): Part => {
  const { target, read_only: readOnly, source = '', kept } = one
  const { ok, note, missing } = about(old, 'volumes')
  // A folder that git keeps, and that has no code, may be where data begin, or what the application writes settings to.
  const mayWrite =
    !readOnly &&
    old.tree.binds[source] === 'folder' &&
    // What migrates a database reads what it runs.
    !(isJob(old, old.service) && kept.some((file) => file.endsWith('.sql'))) &&
    !kept.some((file) => CODE.test(file) || LISTS.test(file) || (FILE.test(file) && CONFIGURED.test(target)))
  const isWritten = mayWrite || isOutput(one)
  const isVolume = isWritten && hasOwnVolume(old, target)
  // A deploy moves what one container wrote, but not that of a job, which has ended, nor that of a server of data.
  const isLeft = countOf(old.spec) > 1 || old.server !== undefined || isJob(old, old.service)
  const goes = `${shown} goes into the image, at ${target}`
  const mount = `where it writes there, mount a volume at ${target} in the proposed file`
  const given = keptOutOf(old).map(({ path }) => path)
  const more = unkeptIn(old, one).filter((file) => !given.includes(file))
  const lacks = `the image lacks ${some(more)} of ${shown}: git does not keep them`
  const data = readOnly ? '' : `where they are data, mount a volume at their folder below ${target}; else `
  const secret = `as one of secrets:, with its path below ${target} as target`
  const others = othersIn(old, one)
  const keys = kept.filter((file) => isKey(old, file))
  const shows = `${goes}, with ${some(keys)}: whoever has the image can read that key, as git keeps it`
  return {
    findings: listFindings(
      ...lackFindings(old, one, shown),
      keys.length > 0
        ? note(
            shows,
            `it is no secret to whoever has the repository, either: for one, take it out of git and of that folder, and give it to the service ${secret}`,
          )
        : isVolume
          ? ok(`${goes}, below a volume of the release`)
          : isWritten
            ? isLeft
              ? note(`${goes}: what the service writes there ends with each version`, mount, { confidence: 'guess' })
              : ok(`${goes}; ${MOVED}`, { confidence: 'guess' })
            : ok(`${goes}: git keeps it, so it belongs to the version`),
      others.length > 0 &&
        !hasShell(old) &&
        note(
          `its image has no shell: what it has in ${target} stays beside ${shown}`,
          `where that matters, build on an image with a shell, or let the service read another folder than ${target}`,
          { confidence: 'guess' },
        ),
      others.length > 0 &&
        !others.includes('*') &&
        hasShell(old) &&
        note(
          `its Dockerfile brings ${some(others)} to ${target}, where a mount hid it: the proposed one removes it again`,
          'let COPY name what the image needs: what you add there later stays in the image',
          { confidence: 'likely' },
        ),
      more.length > 0 &&
        (isVolume
          ? note(
              `${lacks}, and a volume lies there`,
              'where they are data, copy them into it (docs/guides/take-over.md)',
            )
          : missing(lacks, `${data}commit them; but give each key and password ${secret}`)),
    ),
  }
}
// A file with that ending may have a certificate alone, which anybody may read.
const isKey = ({ tree }: Old, file: string) =>
  /\.(key|pem)$/.test(file) && /PRIVATE KEY-----/.test(tree.sources[posix.relative(tree.dir, file)] ?? '')
