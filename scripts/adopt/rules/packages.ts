import { posix } from 'node:path'
import { isOfficial } from '../../docker/image-name.ts'
import { stageBefore } from '../../image/copied-places.ts'
import type { Stage } from '../../image/dockerfile.ts'
import { filesIn } from '../app-code.ts'
import { factsOf, stagesOf } from '../build.ts'
import { configFilesOf, scriptsRun } from '../config-files.ts'
import { commandOf, type Old, quote } from '../draft.ts'
import { isTest, isWebServer, keepFiles, type Sources } from '../guess.ts'
import { inImage, seenBy } from '../in-image.ts'
import { BY_LIST, FETCHED, installs, LISTS_OF, starts, VENDOR } from '../installs.ts'
import { CACHES, type Fated, fatesOf } from '../mounts.ts'
import { nodeLines, PLAIN, scriptOf, withScripts } from '../node-packages.ts'
import { composerLines, composerStage, dotenvLines } from '../php-packages.ts'
import { insideOf, isWithin, type Mount } from '../source-tree.ts'
import { hasShell, imageOf } from './image-files.ts'
import { ownerFor } from './writer.ts'

/** How the packages of a mounted folder get into the image: by a stage of its own, where it cannot install them, and by the lines that copy the folder. */
type Packages = { readonly stage: string[]; readonly lines: string[] }
/** The packages that only the folder on the host had; undefined where it has none, or nobody knows how to install them. */
export function packagesOf(old: Old, one: Fated, place: { from: string; to: string }): Packages | undefined {
  const { tree, stage, spec } = old
  const folder = one.source ?? ''
  const list = /^(baked|source)$/.test(one.fate) ? uninstalledList(old, one) : undefined
  const isPhp = list === 'composer.json'
  const packages = posix.join(one.target, isPhp ? 'vendor' : 'node_modules')
  // In a volume, nobody knows what fills that.
  const isHidden = fatesOf(old).some(({ fate, target }) => fate === 'volume' && isWithin(packages, target))
  if (list === undefined || isHidden) return undefined
  const manifestIn = (below: string) => tree.sources[insideOf(tree, posix.join(folder, below, list))] ?? ''
  const filesBelow = (below: string) => filesIn(seenBy(old), posix.relative(tree.root, posix.join(folder, below)))
  const [manifest, files] = [manifestIn(''), filesBelow('')]
  const folders = composedIn(old, folder)
  const dotenv = folders.flatMap((one) => dotenvLines(manifestIn(one), filesBelow(one), posix.join(place.to, one)))
  if (isPhp && folders.length === 0) return undefined
  if (isPhp && !hasComposer(old))
    // Nor where they lie in another folder.
    return manifest.includes('"vendor-dir"')
      ? undefined
      : { stage: composerStage(place.from, folders), lines: [...composerLines(place, manifest, folders), ...dotenv] }
  if (!isPhp && !files.includes(list)) return undefined
  // The author has run it by hand, as it stands. Here it may have no terminal, and is root.
  const run = 'COMPOSER_ALLOW_SUPERUSER=1 composer install --no-interaction'
  const install = `RUN cd ${place.to}${folders.map((one) => ` && ${run}${one && ` -d ${one}`}`).join('')}`
  // Its start may install them anew, as another user.
  const owner = manifest.includes('"vendor-dir"') ? undefined : ownerFor(old, packages)
  const given = owner ? ` && chown -R ${owner} vendor` : ''
  if (isPhp) return { stage: [], lines: [`COPY ${place.from} ${place.to}/`, ...dotenv, install + given] }
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
const OWN_COMPOSER = /(bin\/|filename=|\b(install|add|install-php-extensions)\s([^;&|]*\s)?@?)composer\b/
const NODE = /(^|\/)node($|[:@])/

/** The line that brings what the image has made beside the same code in another place, such as its packages: a second mount showed it there. */
export function madeLines(old: Old, { source, target }: Fated): string[] {
  const other = fatesOf(old).find(
    (each) => each.source === source && each.fate === 'source' && inImage(old, each.target).length > 0,
  )
  return other && hasShell(old) ? [`RUN cp -a ${quote(other.target)}/. ${quote(target)}/`] : []
}

/** The list of packages that lies beside the code, where neither the image nor the command installs any. */
export function uninstalledList(old: Old, mount: Mount): string | undefined {
  const { tree, stage, spec, isWeb, server } = old
  const { source = '' } = mount
  // What an absent Dockerfile does, nobody knows.
  if ((spec.build && !stage) || isOutput(mount)) return undefined
  const stages = stagesOf(tree, spec)
  const image = stages.at(-1)?.image ?? spec.image ?? ''
  const files = filesIn(tree.tracked, posix.relative(tree.root, source))
  const has = (name: string) => files.includes(name)
  // Of a program of PHP, git may keep neither the packages nor their list. Those that it keeps lie where the program looks.
  const requiresVendor = () => {
    if (tree.tracked.some((file) => LISTS_OF[VENDOR]?.test(file))) return false
    return Object.entries(tree.sources).some(([file, text]) => {
      // What looks whether they are there does without them.
      const code = OPTIONAL.test(text) ? '' : text.replaceAll(/\/\*[\s\S]*?\*\//g, '')
      const [, above] = /((?:\.\.\/)*)vendor\/autoload\.php/.exec(code) ?? []
      const folder = posix.join(tree.root, tree.dir, posix.dirname(file))
      // What lies above the mount, nobody had there.
      return (
        above !== undefined &&
        !isTest(file) &&
        [folder, posix.join(folder, above)].every((path) => isWithin(path, source))
      )
    })
  }
  // Whoever runs Node beside a program of PHP needs none of its packages; and some lists name nothing.
  const composed = tree.sources[insideOf(tree, posix.join(source, 'composer.json'))]
  // Beside it, package.json is for the build alone.
  const isForPhp = !NODE.test(image) && composed !== undefined && PLATFORM.test(composed) && !requiresVendor()
  const isNeeded = !NODE.test(image) && (!composed || /"(require|autoload)"/.test(composed))
  const known = Object.keys(LISTS_OF).filter((name) => name !== 'composer.json' || isNeeded)
  const isComposed = !has('composer.json') && !NODE.test(image) && composedIn(old, source).length > 0
  const listed = isComposed ? 'composer.json' : known.find(has)
  const list = isForPhp ? undefined : (listed ?? (!NODE.test(image) && requiresVendor() ? VENDOR : undefined))
  const manifest = tree.sources[insideOf(tree, posix.join(source, 'package.json'))]
  // What makes a new project does nothing where git has one.
  const own = withOwnScripts(old, list === 'composer.json' ? CREATES : undefined)
  // Without the list, a package that is added comes alone.
  const isCopied = configFilesOf(tree, old.project, { ...spec, volumes: [] }).some(({ path }) => ADDED.test(path))
  const runOf = (run: string) => (isCopied ? run : run.replaceAll(ADDS, ''))
  const facts = factsOf(tree, spec)
  // An official image has none of a program, nor has a stage that only names one.
  const isForeign = (from: string, by: Stage) => {
    const before = facts && stageBefore(facts, by, from)
    return before ? before.runs.length + before.copies.length === 0 && isPublic(before.image) : isPublic(from)
  }
  const isInstalled =
    FETCHED.some(has) ||
    files.some((file) => LISTS_OF[list ?? '']?.test(file)) ||
    stages.some(({ runs, copies }) =>
      runs.some((run) => installs(runOf(run), own) && !(copies.length === 0 && BY_LIST.test(run))),
    ) ||
    starts(withScripts(commandOf({ spec, stage }).join(' '), manifest), own) ||
    hasOwnPackages(old, mount) ||
    // A web server needs none, nor a database, nor the tool that installs them; and another stage may have made them.
    isWebServer(image) ||
    server ||
    (!isWeb && /(^|\/)composer([:@]|$)/.test(image)) ||
    stages.some((by) =>
      by.copies.some(
        ({ from, sources }) => from !== '' && !isForeign(from, by) && !sources.every((one) => one.includes('/bin/')),
      ),
    )
  return isInstalled ? undefined : list
}
// The folders of a mount in which Composer is to install: where its list lies, and each program below with code that asks for its own.
function composedIn(old: Old, source: string): string[] {
  const { tree } = old
  const files = filesIn(seenBy(old), posix.relative(tree.root, source))
  const asks = (folder: string) =>
    Object.entries(tree.sources).some(
      ([file, text]) => isWithin(file, insideOf(tree, folder)) && /\bvendor\/autoload/.test(text) && !isTest(file),
    )
  return files.flatMap((file) => {
    const folder = posix.dirname(file)
    const has = (name: string) => files.includes(posix.join(folder, name))
    if (posix.basename(file) !== 'composer.json' || has(VENDOR)) return []
    if (folder === '.') return ['']
    return has('composer.lock') && asks(posix.join(source, folder)) ? [folder] : []
  })
}
// A volume below the mount showed the packages that a ready image of the author's own has.
function hasOwnPackages(old: Old, mount: Mount): boolean {
  const { image = '', build, volumes = [] } = old.spec
  const places = volumes.filter((one) => one.type === 'volume' && isWithin(one.target, mount.target))
  const isIn = (target: string) =>
    imageOf(old)?.files?.some((file) => isWithin(file, target)) ?? (!build && !isOfficial(image))
  return places.some(({ target }) => CACHES.test(target) && isIn(target))
}
// A stage has no tag.
const isPublic = (from: string) => from.includes(':') && isOfficial(from)
const ADDS = /\bcomposer(\.phar)?\s+(-\S+\s+)*require\b[^;&|\n]*/g
const CREATES = /\bcomposer(\.phar)?\s[^;&|\n]*\bcreate-project\b[^;&|\n]*/g
const ADDED = /\/composer\.json$/
// The sources without the scripts that others have by the name of one that its command runs: where COPY puts that tells which it is.
function withOwnScripts(old: Old, without = /$^/g): Sources {
  const own = scriptsRun(old).map(({ path, text }) => [path, text.replaceAll(without, '')])
  const names = new Set(own.map(([path = '']) => posix.basename(path)))
  return { ...keepFiles(old.tree.sources, (file) => !names.has(posix.basename(file))), ...Object.fromEntries(own) }
}

const OPTIONAL = /\bfile_exists\([^)]*vendor\/autoload\.php/
// It names PHP and its extensions alone, which no Composer installs.
const PLATFORM = /"require"\s*:\s*\{\s*("(php(-64bit)?|ext-[\w-]+)"\s*:\s*"[^"]*"\s*,?\s*)+\}/

/** Whether a service puts there what it makes, by the name of the place: it runs nothing of that folder of the host. */
export const isOutput = ({ target, read_only: readOnly }: Mount): boolean => !readOnly && OUTPUT.test(target)
const OUTPUT = /^\/([\w-]+\/)?(output|results?|exports?|generated)$/
