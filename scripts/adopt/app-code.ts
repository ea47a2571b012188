import { posix } from 'node:path'
import { takenBy } from '../image/copied-places.ts'
import { dockerfileOf, factsOf, pathFrom, stageOf } from './build.ts'
import { commandOf, type Draft, toWords } from './draft.ts'
import { keepFiles, type Sources, scriptsIn, servesFiles } from './guess.ts'
import { withScripts } from './node-packages.ts'
import { CODE, insideOf, isWithin, LISTS, type Service, type SourceTree } from './source-tree.ts'

// Which files are the code of a service.

/**
 * Whether a file may be code of a service, by its path from the folder that was read: around what is built for it, or mounted, lies
 * the code of others.
 */
export const codeFor =
  ({ root, dir }: SourceTree, { build, volumes = [] }: Service) =>
  (file: string): boolean =>
    [...(build ? [{ type: 'bind', source: build['x-own'] ?? build.context }] : []), ...volumes].some(
      ({ type, source = '' }) => type === 'bind' && isWithin(posix.join(root, dir, file), source),
    )

/**
 * The sources of what a service runs, by their paths from the folder that was read: without the programs of other services of the
 * same folder, where its own command names one as well. Beside a server of files is what runs in a browser.
 */
export function codeOf({ tree, project }: Pick<Draft, 'tree' | 'project'>, service: string): Sources {
  const spec = project.services[service] ?? {}
  const stage = stageOf(tree, spec)
  const command = commandOf({ spec, stage })
  if (isFileServer(tree, spec)) return {}
  const folder = insideOf(tree, spec.build?.context ?? '')
  const dockerfile = posix.join(folder, spec.build?.dockerfile ?? 'Dockerfile')
  const near = nearSources(keepFiles(tree.sources, codeFor(tree, spec)), dockerfile)
  const isCopied = copiedFor(tree, spec)
  const isCode = (file: string) => CODE.test(file) && isCopied(file)
  const isKnown = Object.keys(near).some(isCode)
  const sources = isKnown ? keepFiles(near, (file) => !CODE.test(file) || isCopied(file)) : near
  const wordsIn = (words: readonly string[]) => words.join(' ').split(/[\s/]+/)
  const own = wordsIn([withScripts(command.join(' '), sources[posix.join(folder, 'package.json')])])
  const named = Object.entries(project.services).flatMap(([name, other]) =>
    name !== service && other.build?.context === spec.build?.context
      ? wordsIn(toWords(other['command'])).filter((one) => !own.includes(one))
      : [],
  )
  const isOwn = Object.keys(sources).some((file) => own.includes(posix.basename(file)))
  // Another program of the same folder listens itself, and nothing that runs names it.
  const isOther = (file: string) =>
    /\.[cm]?[jt]s$/.test(file) &&
    /\.listen\(/.test(sources[file] ?? '') &&
    !own.some((word) => posix.parse(word).name === posix.parse(file).name) &&
    !Object.values(sources).some((text) => text.includes(`/${posix.parse(file).name}`))
  return isOwn ? keepFiles(sources, (file) => !named.includes(posix.basename(file)) && !isOther(file)) : sources
}

/** Whether a service only serves files, by its image and its command. */
export function isFileServer(tree: SourceTree, spec: Service): boolean {
  const stage = stageOf(tree, spec)
  return servesFiles(stage?.image ?? spec.image ?? '', commandOf({ spec, stage }))
}
/** The command of a service, and the texts of the scripts that it names. */
export function startTexts(tree: SourceTree, spec: Service): string[] {
  const command = commandOf({ spec, stage: stageOf(tree, spec) }).join(' ')
  return [command, ...Object.values(scriptsIn(tree.sources, command))]
}

// Whether a file may come into the build of a service, or by a mount: of a folder with several programs, a Dockerfile may copy one.
function copiedFor(tree: SourceTree, spec: Service): (file: string) => boolean {
  const { build, volumes = [] } = spec
  const facts = factsOf(tree, spec)
  const taken = build && facts && takenBy(facts, dockerfileOf(tree, build) ?? '')
  // What other folders bring, nobody knows here.
  if (!taken || build.additional_contexts) return () => true
  const own = pathFrom(tree, build.context)
  return (file) => {
    const inside = own(posix.join(tree.dir, file))
    return (inside !== undefined && taken.some((path) => isWithin(inside, path))) || codeFor(tree, { volumes })(file)
  }
}

/** In a repository of several programs, that of a Dockerfile lies beside it, where a manifest is. */
export const nearSources = (sources: Sources, dockerfile: string): Sources =>
  isBeside(sources, dockerfile) ? keepFiles(sources, (file) => isWithin(file, posix.dirname(dockerfile))) : sources
function isBeside(sources: Sources, dockerfile: string): boolean {
  const folder = posix.dirname(dockerfile)
  const isOf = (file: string) =>
    (LISTS.test(file) && posix.dirname(file) === folder) || file.startsWith(`${folder}/src/`)
  return folder !== '.' && Object.keys(sources).some(isOf)
}

/** The sources without the programs that lie beside other Dockerfiles, where this one's does: a build may copy them all, and run one. */
export function ownSources(sources: Sources, dockerfile: string): Sources {
  const isOther = (file: string) =>
    /^Dockerfile/.test(posix.basename(file)) && !isWithin(dockerfile, posix.dirname(file)) && isBeside(sources, file)
  const others = isBeside(sources, dockerfile) ? Object.keys(sources).filter(isOther).map(posix.dirname) : []
  return keepFiles(sources, (file) => !others.some((folder) => isWithin(file, folder)))
}

/** The files in a folder, by their paths from there; and the same of their texts. */
export const filesIn = (files: readonly string[], folder: string): string[] =>
  /^\.?$/.test(folder)
    ? [...files]
    : files.flatMap((file) => (isWithin(file, folder) ? posix.relative(folder, file) : []))
export const inFolder = (texts: Sources, folder: string): Sources =>
  Object.fromEntries(filesIn(Object.keys(texts), folder).map((file) => [file, texts[posix.join(folder, file)] ?? '']))
