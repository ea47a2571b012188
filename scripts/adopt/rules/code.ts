import { posix } from 'node:path'
import { hasStandIns } from '../../image/stand-in.ts'
import { filesIn } from '../app-code.ts'
import { about, commandOf, type Old, type Part } from '../draft.ts'
import { type Finding, listFindings, some } from '../finding.ts'
import { isWebServer } from '../guess.ts'
import { inImage, seenBy } from '../in-image.ts'
import { BY_LIST, FETCHED, installs, LISTS_OF, starts, VENDOR } from '../installs.ts'
import { type Fated, FILE, fatesOf, isRun, placesBelow } from '../mounts.ts'
import { nodeLines, PLAIN, scriptOf, withScripts } from '../node-packages.ts'
import { COMPOSER, composerLines, composerStage } from '../php-packages.ts'
import { CODE, insideOf, isWithin, LISTS, type Mount } from '../source-tree.ts'
import { unkeptIn } from '../unkept.ts'
import { absentImage } from './base.ts'
import { CONFIGURED, hasShell, imageOf, othersIn } from './image-files.ts'
import { servedIn } from './served.ts'

/** Code that is mounted over the same code of the image. */
export function sourcePart(old: Old, one: Fated, shown: string): Part {
  const has = inImage(old, one.target).toSorted((a, b) => Number(CODE.test(b)) - Number(CODE.test(a)))
  const holds = has.length > 0 ? `the image contains ${has.slice(0, 2).join(', ')}` : 'it belongs into the image'
  const left = about(old, 'volumes').note(
    `the mount of ${shown} over ${one.target} is left out: it is code`,
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
  const copy = 'let the Dockerfile copy them, and no line of .dockerignore name them'
  const { stage = [], lines = [] } = packagesOf(old, one, { from: shown, to: one.target }) ?? {}
  const by = [...stage, ...lines].findLast((line) => /^RUN/.test(line))
  const has = `${shown} ${list === VENDOR ? 'requires' : 'has'} ${list}, and nothing`
  const other = 'where they need more, such as a build, name a Dockerfile that does it in build: of the Compose file'
  const build = 'let a Dockerfile copy the code and install them (build: in the Compose file), then run this again'
  const isAbsent = stage.length > 0 && !old.tree.images[COMPOSER] && hasStandIns(old.tree.lock)
  return listFindings(
    isAbsent && absentImage(old.service, COMPOSER),
    by !== undefined
      ? note(`${has} installed its packages: the proposed Dockerfile does, by ${by}`, other, { confidence: 'likely' })
      : list !== undefined && missing(`${has} installs its packages in the image`, build),
    runs.length > 0
      ? missing(`${lacks}, and its command runs ${some(runs)}`, copy)
      : served
        ? missing(`${lacks}, and its code serves ${served.value}`, copy, { where: served.where, confidence: 'likely' })
        : one.lacked.length > 0 && note(lacks, `where the service needs these, ${copy}`, { confidence: 'guess' }),
  )
}

/** How the packages of a mounted folder get into the image: by a stage of its own, where it cannot install them, and by the lines that copy the folder. */
type Packages = { readonly stage: string[]; readonly lines: string[] }
/** The packages that only the folder on the host had; undefined where it has none, or nobody knows how to install them. */
export function packagesOf(old: Old, one: Fated, place: { from: string; to: string }): Packages | undefined {
  const { tree, stage, spec } = old
  const folder = one.source ?? ''
  const list = one.fate === 'baked' ? uninstalledList(old, one) : undefined
  const isPhp = list === 'composer.json'
  const packages = posix.join(one.target, isPhp ? 'vendor' : 'node_modules')
  // In a volume, nobody knows what fills that.
  const isHidden = fatesOf(old).some(({ fate, target }) => fate === 'volume' && isWithin(packages, target))
  if (list === undefined || isHidden) return undefined
  const manifest = tree.sources[insideOf(tree, posix.join(folder, list))] ?? ''
  if (isPhp && !hasComposer(old))
    // Nor where they lie in another folder.
    return manifest.includes('"vendor-dir"')
      ? undefined
      : { stage: composerStage(place.from), lines: composerLines(place) }
  const files = filesIn(seenBy(old), posix.relative(tree.root, folder))
  if (!files.includes(list)) return undefined
  // The author has run it by hand, as it stands. Here it may have no terminal, and is root.
  const install = `RUN cd ${place.to} && COMPOSER_ALLOW_SUPERUSER=1 composer install --no-interaction`
  if (isPhp) return { stage: [], lines: [`COPY ${place.from} ${place.to}/`, install] }
  const own = imageOf(old)?.files
  const hasNpm = own?.some((file) => file.endsWith('/bin/npm')) ?? NODE.test(stage?.image ?? spec.image ?? '')
  if (list !== 'package.json' || !hasNpm) return undefined
  const command = commandOf(old)
  const needsDev = !PLAIN.test(scriptOf(command, manifest) || command.join(' '))
  return { stage: [], lines: nodeLines(manifest, files, needsDev, place) }
}
const hasComposer = ({ stage }: Old) =>
  stage?.runs.some((run) => OWN_COMPOSER.test(run)) ||
  stage?.copies.some(({ sources }) => sources.some((one) => one.endsWith('/bin/composer')))
const OWN_COMPOSER = /(bin\/|filename=|\b(install|add)\s[^;&|]*\s@?)composer\b/
const NODE = /(^|\/)node($|[:@])/

// The list of packages that lies beside the code, where neither the image nor the command installs any.
function uninstalledList({ tree, stage, spec, isWeb, server }: Old, { source = '' }: Mount): string | undefined {
  const image = stage?.image ?? spec.image ?? ''
  const files = filesIn(tree.tracked, posix.relative(tree.root, source))
  const has = (name: string) => files.includes(name)
  // Of a program of PHP, git may keep neither the packages nor their list. Those that it keeps lie where the program looks.
  const requiresVendor = () => {
    if (tree.tracked.some((file) => LISTS_OF[VENDOR]?.test(file))) return false
    return Object.entries(tree.sources).some(([file, text]) => {
      const [, above] = /((?:\.\.\/)*)vendor\/autoload\.php/.exec(text) ?? []
      const folder = posix.join(tree.root, tree.dir, posix.dirname(file))
      // What lies above the mount, nobody had there.
      return above !== undefined && [folder, posix.join(folder, above)].every((path) => isWithin(path, source))
    })
  }
  // Whoever runs Node beside a program of PHP needs none of its packages; and some lists name nothing.
  const composed = tree.sources[insideOf(tree, posix.join(source, 'composer.json'))]
  // Beside it, package.json is for the build alone.
  const isForPhp = !NODE.test(image) && composed !== undefined && PLATFORM.test(composed) && !requiresVendor()
  const isNeeded = !NODE.test(image) && (!composed || /"(require|autoload)"/.test(composed))
  const known = Object.keys(LISTS_OF).filter((name) => name !== 'composer.json' || isNeeded)
  const list = isForPhp ? undefined : (known.find(has) ?? (!NODE.test(image) && requiresVendor() ? VENDOR : undefined))
  const manifest = tree.sources[insideOf(tree, posix.join(source, 'package.json'))]
  const isEmpty = stage?.copies.length === 0
  const isInstalled =
    FETCHED.some(has) ||
    files.some((file) => LISTS_OF[list ?? '']?.test(file)) ||
    stage?.runs.some((run) => installs(run, tree.sources) && !(isEmpty && BY_LIST.test(run))) ||
    starts(withScripts(commandOf({ spec, stage }).join(' '), manifest), tree.sources) ||
    // A web server needs none, nor a database, nor the tool that installs them; and another stage may have made them.
    isWebServer(image) ||
    server ||
    (!isWeb && /(^|\/)composer([:@]|$)/.test(image)) ||
    stage?.copies.some(({ from, sources }) => from !== '' && !sources.every((one) => one.includes('/bin/')))
  return isInstalled ? undefined : list
}
// It names PHP and its extensions alone, which no Composer installs.
const PLATFORM = /"require"\s*:\s*\{\s*("(php(-64bit)?|ext-[\w-]+)"\s*:\s*"[^"]*"\s*,?\s*)+\}/

/** Files of the repository that the image lacks, and gets. */
export const bakedPart = (old: Old, one: Fated, shown: string): Part => {
  const { target, read_only: readOnly, source = '', kept } = one
  const { ok, note, missing } = about(old, 'volumes')
  // A folder that git keeps, and that has no code, may be where data begin, or what the application writes settings to.
  const isWritten =
    !readOnly &&
    old.tree.binds[source] === 'folder' &&
    !kept.some((file) => CODE.test(file) || LISTS.test(file) || (FILE.test(file) && CONFIGURED.test(target)))
  const goes = `${shown} goes into the image, at ${target}`
  const mount = `where it writes there, mount a volume at ${target} in the proposed file`
  const more = unkeptIn(old, one)
  const lacks = `the image lacks ${some(more)} of ${shown}: git does not keep them`
  const data = readOnly ? '' : `where they are data, mount a volume at their folder below ${target}; else `
  const secret = `as one of secrets:, with its path below ${target} as target`
  const others = othersIn(old, one)
  const keys = kept.filter((file) => isKey(old, file))
  const shows = `${goes}, with ${some(keys)}: whoever has the image can read that key`
  return {
    findings: listFindings(
      ...lackFindings(old, one, shown),
      keys.length > 0
        ? missing(shows, `take it out of git and of that folder, and give it to the service ${secret}`)
        : isWritten
          ? note(`${goes}: what the service writes there ends with each version`, mount, { confidence: 'guess' })
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
      more.length > 0 && missing(lacks, `${data}commit them; but give each key and password ${secret}`),
    ),
  }
}
// A file with that ending may have a certificate alone, which anybody may read.
const isKey = ({ tree }: Old, file: string) =>
  /\.(key|pem)$/.test(file) && /PRIVATE KEY-----/.test(tree.sources[posix.relative(tree.dir, file)] ?? '')
