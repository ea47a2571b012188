import { posix } from 'node:path'
import type { App, AppRule } from '../app.ts'
import { filesIn } from '../app-code.ts'
import { placedFiles, stageOf } from '../build.ts'
import { withConstants, withDirnames } from '../constants.ts'
import { DATA_FOLDER, guessData, guessWrites } from '../data-paths.ts'
import { BARE, commandOf } from '../draft.ts'
import { type Finding, note, ok, onceBy, some, verdictsOn } from '../finding.ts'
import { keepFiles, servesFiles } from '../guess.ts'
import { codeVolumes } from '../in-image.ts'
import { isCopied } from '../made-of.ts'
import { once } from '../once.ts'
import { withPlaces } from '../php-paths.ts'
import { CODE, isScratch, isWithin, textsOf } from '../source-tree.ts'
import { findUploads, type Upload, withMounts } from '../uploads.ts'
import { withValues } from '../values.ts'
import {
  besideFindings,
  databasesIn,
  hasDatabase,
  isServing,
  isTaken,
  keptMounts,
  MOVED,
  mixedFinding,
  sharing,
  storeOf,
} from './beside.ts'
import { hookPart } from './hookless.ts'
import { hostFilesOf } from './host-file.ts'
import { initFindings } from './init-command.ts'
import { movedIn, useOf } from './moved.ts'
import { heldFiles } from './one-file.ts'
import { ownFolder, ownLines } from './owner.ts'
import { sessionFindings } from './sessions.ts'
import { apartIn } from './several.ts'

/** The folders that the application's code and image name for data, the variables that move data there, and data beside the code. */
export const findData = once(({ tree, sources, stage, recipe, draft, spec, ...app }: App) => {
  const workdir = spec.working_dir ?? (stage ?? recipe)?.workdir ?? '/'
  const context = posix.join(tree.root, app.dir)
  const facts = app.facts && withMounts(app.facts, spec, context)
  // The files of the image that a volume would hide.
  const keptIn = (folder: string) => [...new Set(placedFiles({ tree, context, facts }, folder).map(([file]) => file))]
  const others = Object.values(draft.project.services).map(({ environment }) => textsOf(environment))
  const values = Object.assign({}, ...others, stage?.environment, textsOf(spec.environment))
  // An image that copies nothing may fetch its code.
  const copied = facts?.target?.copies.length ? keepFiles(sources, (file) => isCopied(facts, file)) : sources
  const told = withPlaces(withValues(withDirnames(copied), values), facts, tree.sources)
  const files = filesIn(tree.tracked, app.dir)
  const program = { sources: told, files, facts, workdir, command: app.command }
  const written = { ...program, sources: withConstants(told) }
  const { folders, beside: databases } = guessData(written)
  const mounts = keptMounts({ ...draft, service: draft.web ?? '', spec, stage: stageOf(tree, spec) })
  const hasServer = hasDatabase({ ...draft, spec, stage })
  const { dataPaths, made, isMoved } = movedIn({ spec, stage, sources: told, workdir })
  const isUsed = useOf({ spec, stage }, { sources: told, hosts: databasesIn(draft) })
  // A server of files reads what other services write, and these say it.
  const isFiled = servesFiles(stage?.image ?? '', commandOf({ spec, stage }))
  const found = isFiled ? [] : [...databases, ...guessWrites(written)]
  const beside = found.filter((one) => isUsed(one) && !isMoved(one.value))
  // A volume begins with the pictures that git keeps there, and a deploy refuses to hide a later version of them.
  const sent = onceBy(
    [
      ...made.map((one) => ({ ...one, confidence: 'likely' as const })),
      ...findUploads(written).filter(({ value }) => !isScratch(value)),
    ],
    ({ value }) => value,
  ).map((one) => {
    const examples = keptIn(one.value)
    return { ...one, examples, kept: examples.filter((file) => CODE.test(file)) }
  })
  // Folders that are called after data, for files that the code writes: where the image has none there, a volume hides
  // nothing. Beside a database server the file may be a default that nobody uses, and with a volume two versions would take turns.
  const stores = (stage && !hasServer ? beside : []).flatMap(({ value, where }) => {
    const folder = storeOf(workdir, value)
    const isOwn = folder !== undefined && keptIn(folder).length === 0
    return isOwn ? [{ value: folder, where, confidence: 'guess' as const, kept: [], examples: [] }] : []
  })
  const isFilled = (stage ?? recipe) && !isFiled
  const uploads = (isFilled ? [...sent, ...stores] : []).filter(
    ({ value, where }) =>
      !isTaken(mounts, value) && !dataPaths.some((place) => place.where === where) && !isMoved(value),
  )
  const without = draft.project === BARE ? [] : codeVolumes({ tree, spec, stage })
  const declared = [...(stage?.volumes ?? []), ...(draft.project === BARE ? (app.image?.volumes ?? []) : [])]
    .filter((path) => !isScratch(path) && !without.includes(path))
    .map((value) => ({ value, where: app.dockerfile, isDeclared: true }))
  // A volume would hide code; what users send is beside none of the image's files.
  const named = [...declared, ...folders.filter(isUsed)].map((one) => ({
    ...one,
    kept: keptIn(one.value).filter((file) => CODE.test(file)),
  }))
  const place = dataPaths.length > 0 ? [DATA_FOLDER] : []
  const all = [...named, ...uploads]
  const held = [...new Set([...all.flatMap(({ value, kept }) => (kept.length > 0 ? [] : value)), ...place])]
  return {
    folders: held,
    beside: beside.filter(({ value }) => !held.some((folder) => isWithin(posix.resolve(workdir, value), folder))),
    ...{ dataPaths, uploads, mounts, workdir },
    mixed: all.filter(({ value, kept }) => kept.length > 0 && !mounts.some(({ target }) => isWithin(value, target))),
  }
})

const asMounts = (all: readonly { place: string }[]) => all.map(({ place }) => ({ type: 'declared', target: place }))

/** Says where the application keeps its data, and which data no volume holds. */
export const dataRule: AppRule = (app) => {
  const { folders, beside, dataPaths, uploads, mounts, mixed, workdir } = findData(app)
  const say = verdictsOn('data', { confidence: 'likely' })
  const { draft, spec, stage } = app
  const old = { ...draft, service: draft.web ?? '', spec, stage }
  const held = { ...old, mounts: [...mounts, ...heldFiles(old), ...asMounts(hostFilesOf(old))], workdir }
  // A web server has no use for a database, but for what users send.
  const eachOf = (isSent: boolean) =>
    apartIn(
      held.project,
      sharing(held).filter((name) => isSent || !isServing(held, name)),
    )
  const hook = hookPart(app, folders, mounts)
  return {
    lines: hook.lines,
    findings: [
      ...folders.map((folder) => volumeFinding(app, folder, uploads)),
      ...(hook.findings ?? []),
      ...uploads.filter(({ value }) => folders.includes(value)).flatMap(exampleFinding),
      ...mixed.map(({ value, where, kept, ...one }) =>
        mixedFinding('data', value, kept, {
          ...{ where, isDeclared: 'isDeclared' in one, each: eachOf('examples' in one), confidence: 'likely' },
        }),
      ),
      ...namedFolders(app, folders).map(([name, path]) =>
        say.note(
          `${name}=${path}: no volume holds it`,
          `where it has data: ${MOVED}; better, mount one at ${path} in the service app from the start`,
          { where: app.dockerfile, confidence: 'guess' },
        ),
      ),
      ...dataPaths.map(({ variable, value, where }) =>
        say.ok(`moved into the volume by ${variable}=${value}`, { where }),
      ),
      ...besideFindings(
        'data',
        beside.filter(({ where }) => !dataPaths.some((place) => place.where === where)),
        held,
      ),
      ...initFindings(app),
      ...sessionFindings(app, mounts),
    ],
  }
}

// What a volume for uploads begins with.
function exampleFinding({ value, where, examples }: Upload & { readonly examples: readonly string[] }): Finding[] {
  const found = `${value} begins with ${some(examples)}: no later version of these reaches the volume`
  const mend =
    'where they belong to the version, keep them in another folder: a deploy that would hide a new one refuses'
  return examples.length > 0 ? [note('data', found, mend, { where, confidence: 'likely' })] : []
}

function volumeFinding({ draft, spec, stage, text, ready }: App, folder: string, uploads: readonly Upload[]): Finding {
  const found = `${folder} in a volume`
  const own = ownFolder({ tree: draft.tree, spec, stage }, folder, ready === undefined ? text : undefined)
  const old = { ...draft, service: draft.web ?? '', isWeb: true, spec, stage: stageOf(draft.tree, spec) }
  if (own && !ownLines(old).includes(own.line)) return note('data', `${found}: ${own.found}`, own.mend)
  const upload = uploads.find(({ value }) => value === folder)
  const mend = 'correct the path in the proposed file where the code writes elsewhere'
  const { where, confidence } = upload ?? {}
  return confidence === 'guess'
    ? note('data', `${found}: the code seems to write there`, mend, { where, confidence })
    : ok('data', found, { where, confidence: upload && 'likely' })
}

// Variables of the image that name a folder for data, and that nothing mounts.
function namedFolders({ stage, spec }: App, folders: readonly string[]): [string, string][] {
  const held = [...folders, ...(spec.volumes ?? []).map(({ target }) => target), ...(stage?.volumes ?? [])]
  return Object.entries(stage?.environment ?? {}).filter(
    ([name, path]) => isFolder(name, path) && !isScratch(path) && !held.some((folder) => isWithin(path, folder)),
  )
}
/** Whether a variable names a folder for data. */
export const isFolder = (name: string, path: string): boolean => NAMED.test(name) && PLACE.test(path)
const NAMED = /(DATA|STORAGE|UPLOADS?|MEDIA|DATABASE|DB|CONFIG)(_?(DIR|PATH|FOLDER|ROOT|HOME))$|_HOME$|_DATA$/
const PLACE = /^\/(?!usr\/|opt\/|etc\/).*\b(data|storage|uploads?|media|config|database|db)(\/|$)/
