import { posix } from 'node:path'
import { isOfficial } from '../../docker/image-name.ts'
import { filesIn } from '../app-code.ts'
import { stagesOf } from '../build.ts'
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
  const list = one.fate === 'baked' ? uninstalledList(old, one) : undefined
  const isPhp = list === 'composer.json'
  const packages = posix.join(one.target, isPhp ? 'vendor' : 'node_modules')
  // In a volume, nobody knows what fills that.
  const isHidden = fatesOf(old).some(({ fate, target }) => fate === 'volume' && isWithin(packages, target))
  if (list === undefined || isHidden) return undefined
  const manifest = tree.sources[insideOf(tree, posix.join(folder, list))] ?? ''
  const files = filesIn(seenBy(old), posix.relative(tree.root, folder))
  const dotenv = dotenvLines(manifest, files, place.to)
  if (isPhp && !hasComposer(old))
    // Nor where they lie in another folder.
    return manifest.includes('"vendor-dir"')
      ? undefined
      : { stage: composerStage(place.from), lines: [...composerLines(place, manifest), ...dotenv] }
  if (!files.includes(list)) return undefined
  // The author has run it by hand, as it stands. Here it may have no terminal, and is root.
  const install = `RUN cd ${place.to} && COMPOSER_ALLOW_SUPERUSER=1 composer install --no-interaction`
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
  const list = isForPhp ? undefined : (known.find(has) ?? (!NODE.test(image) && requiresVendor() ? VENDOR : undefined))
  const manifest = tree.sources[insideOf(tree, posix.join(source, 'package.json'))]
  const own = withOwnScripts(old)
  // Without the list, a package that is added comes alone.
  const isCopied = configFilesOf(tree, old.project, { ...spec, volumes: [] }).some(({ path }) => ADDED.test(path))
  const runOf = (run: string) => (isCopied ? run : run.replaceAll(ADDS, ''))
  const isInstalled =
    FETCHED.some(has) ||
    files.some((file) => LISTS_OF[list ?? '']?.test(file)) ||
    stages.some(({ runs, copies }) =>
      runs.some((run) => installs(runOf(run), own) && !(copies.length === 0 && BY_LIST.test(run))),
    ) ||
    starts(withScripts(commandOf({ spec, stage }).join(' '), manifest), own) ||
    hasOwnPackages(old, mount) ||
    // A web server needs none, nor a database, nor the tool that installs them; and another stage may have made them, but no official image.
    isWebServer(image) ||
    server ||
    (!isWeb && /(^|\/)composer([:@]|$)/.test(image)) ||
    stages.some(({ copies }) =>
      copies.some(
        ({ from, sources }) => from !== '' && !isPublic(from) && !sources.every((one) => one.includes('/bin/')),
      ),
    )
  return isInstalled ? undefined : list
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
const ADDED = /\/composer\.json$/
// The sources without the scripts that others have by the name of one that its command runs: where COPY puts that tells which it is.
function withOwnScripts(old: Old): Sources {
  const own = scriptsRun(old).map(({ path, text }) => [path, text])
  const names = new Set(own.map(([path = '']) => posix.basename(path)))
  return { ...keepFiles(old.tree.sources, (file) => !names.has(posix.basename(file))), ...Object.fromEntries(own) }
}

const OPTIONAL = /\bfile_exists\([^)]*vendor\/autoload\.php/
// It names PHP and its extensions alone, which no Composer installs.
const PLATFORM = /"require"\s*:\s*\{\s*("(php(-64bit)?|ext-[\w-]+)"\s*:\s*"[^"]*"\s*,?\s*)+\}/

/** Whether a service puts there what it makes, by the name of the place: it runs nothing of that folder of the host. */
export const isOutput = ({ target, read_only: readOnly }: Mount): boolean => !readOnly && OUTPUT.test(target)
const OUTPUT = /^\/([\w-]+\/)?(output|results?|exports?|generated)$/
