import { posix } from 'node:path'
import { type App, type AppRule, filesIn } from '../app.ts'
import { placedFiles } from '../build.ts'
import { DATA_FOLDER, guessDataPaths, withoutDefaults } from '../data-paths.ts'
import { isScratch, isWithin } from '../draft.ts'
import { note, ok } from '../finding.ts'
import { type Guess, guessData, guessInit } from '../guess.ts'
import { CODE } from '../packages.ts'
import type { Service } from '../source-tree.ts'
import { findUploads, type Upload, withMounts } from '../uploads.ts'
import { guessWrites } from '../writes.ts'
import { besideFindings, hasDatabase, keptMounts, mixedFinding } from './beside.ts'

/** The folders that the application's code and image name for data, the variables that move data there, and data beside the code. */
export function findData(app: App) {
  const { sources, stage, recipe, draft } = app
  const workdir = workdirOf(app)
  const { folders, beside: databases } = guessData(sources, workdir)
  const beside = [...databases, ...guessWrites(sources, { ...app, facts: factsOf(app), workdir })]
  const set = [stage, ...Object.values(draft?.project.services ?? {})].flatMap((one) =>
    Object.keys(one?.environment ?? {}),
  )
  const unset = withoutDefaults(sources, set)
  const mounts = draft ? keptMounts(draft, draft.web ?? '') : []
  const hasServer = draft !== undefined && hasDatabase(draft)
  // Who has mounted something knows where the data lie.
  const dataPaths = specOf(app).volumes?.length ? [] : guessDataPaths(unset)
  const stores = hasServer ? [] : storesOf(app, beside)
  const uploads = [...((stage ?? recipe) ? [...uploadsOf({ ...app, sources: unset }), ...stores] : [])].filter(
    ({ value, where }) =>
      !mounts.some(({ target }) => isWithin(value, target) || isWithin(target, value)) &&
      !dataPaths.some((place) => place.where === where),
  )
  const declared = [...(stage?.volumes ?? []), ...(draft ? [] : (app.image?.volumes ?? []))]
    .filter((path) => !isScratch(path))
    .map((value) => ({ value, where: posix.join(app.dir, app.dockerfile) }))
  // A volume would hide code; what users send is beside none of the image's files.
  const named = [...declared, ...folders].map((one) => ({
    ...one,
    kept: keptIn(app, one.value).filter((file) => CODE.test(file)),
  }))
  const moved = dataPaths.length > 0 ? [DATA_FOLDER] : []
  const all = [...named, ...uploads]
  const held = [...new Set([...all.flatMap(({ value, kept }) => (kept.length > 0 ? [] : value)), ...moved])]
  return {
    folders: held,
    beside: beside.filter(({ value }) => !held.some((folder) => isWithin(posix.resolve(workdir, value), folder))),
    ...{ dataPaths, uploads, mounts, hasServer },
    mixed: all.filter(({ value, kept }) => kept.length > 0 && !mounts.some(({ target }) => isWithin(value, target))),
  }
}
const workdirOf = (app: App) => {
  const { working_dir: given } = specOf(app)
  return typeof given === 'string' ? given : (app.stage?.workdir ?? app.recipe?.workdir ?? '/')
}

// Folders that are called after data, for files that the code writes: where the image has none there, a volume hides nothing. Beside a
// database server the file may be a default that nobody uses, and with a volume two versions would take turns.
const storesOf = (app: App, beside: readonly Guess<string>[]) => {
  const workdir = workdirOf(app)
  return beside.flatMap(({ value, where }) => {
    const folder = posix.dirname(posix.resolve(workdir, value))
    const isOwn = app.stage && STORE.test(folder) && !isWithin(workdir, folder)
    return isOwn && keptIn(app, folder).length === 0
      ? [{ value: folder, where, confidence: 'guess' as const, kept: [] }]
      : []
  })
}
const STORE = /\/(data|db|database|storage|store|uploads?)$/i

// The folders of uploads, and the files of the image that a volume there would hide.
const uploadsOf = (app: App) => {
  const { tree, sources, dir } = app
  const files = filesIn(tree.tracked, dir === '.' ? '' : dir)
  return findUploads({ sources, files, facts: factsOf(app), workdir: workdirOf(app) }).map((one) => ({
    ...one,
    kept: keptIn(app, one.value),
  }))
}
const contextOf = ({ tree, dir }: App) => posix.join(tree.root, dir)
const specOf = (app: App): Service =>
  app.draft?.project.services[app.draft.web ?? ''] ?? { build: { context: contextOf(app) } }
const factsOf = (app: App) => app.facts && withMounts(app.facts, specOf(app), contextOf(app))
const keptIn = (app: App, folder: string): string[] =>
  placedFiles({ tree: app.tree, context: contextOf(app), facts: factsOf(app) }, folder).map(([file]) => file)

/** Says where the application keeps its data, and which data no volume holds. */
export const dataRule: AppRule = (app) => {
  const { stage, text = '' } = app
  const { folders, beside, dataPaths, uploads, mounts, hasServer, mixed } = findData(app)
  const owner = stage && !['', 'root', '0'].includes(stage.user) ? stage.user : undefined
  return {
    findings: [
      ...folders.map((folder) => {
        const mend = `let that user own ${folder} in the image: RUN install -d -o ${owner} ${folder}, before USER`
        return owner && !text.includes(folder)
          ? note('data', `${folder} in a volume; the image runs as ${owner}`, mend)
          : volumeFinding(
              folder,
              uploads.find(({ value }) => value === folder),
            )
      }),
      ...mixed.map(({ value, where, kept }) => mixedFinding('data', value, kept, { where, confidence: 'likely' })),
      ...namedFolders(app, folders).map(([name, path]) =>
        note(
          'data',
          `${name}=${path}: no volume holds it`,
          `where it has data, mount a volume at ${path} in the service app: every deploy would lose them`,
          { where: posix.join(app.dir, app.dockerfile), confidence: 'guess' },
        ),
      ),
      ...dataPaths.map(({ variable, value, where }) =>
        ok('data', `moved into the volume by ${variable}=${value}`, { where, confidence: 'likely' }),
      ),
      ...besideFindings(
        'data',
        beside.filter(({ where }) => !dataPaths.some((place) => place.where === where)),
        { mounts, workdir: stage?.workdir ?? '/', hasServer },
      ),
      ...initFindings(app),
    ],
  }
}

function volumeFinding(folder: string, upload: Upload | undefined) {
  const mend = 'correct the path in the proposed file where the code writes elsewhere'
  return upload?.confidence === 'guess'
    ? note('data', `${folder} in a volume: the code seems to write there`, mend, upload)
    : ok('data', `${folder} in a volume`, { where: upload?.where, ...(upload ? { confidence: 'likely' } : {}) })
}

// Variables of the image that name a folder for data, and that nothing mounts.
function namedFolders(app: App, folders: readonly string[]): [string, string][] {
  const { stage } = app
  const held = [...folders, ...(specOf(app).volumes ?? []).map(({ target }) => target), ...(stage?.volumes ?? [])]
  return Object.entries(stage?.environment ?? {}).filter(
    ([name, path]) => isFolder(name, path) && !isScratch(path) && !held.some((folder) => isWithin(path, folder)),
  )
}
/** Whether a variable names a folder for data. */
export const isFolder = (name: string, path: string): boolean => NAMED.test(name) && PLACE.test(path)
const NAMED = /(DATA|STORAGE|UPLOADS?|MEDIA|DATABASE|DB|CONFIG)(_?(DIR|PATH|FOLDER|ROOT|HOME))$|_HOME$|_DATA$/
const PLACE = /^\/(?!usr\/|opt\/|etc\/).*\b(data|storage|uploads?|media|config|database|db)(\/|$)/

// The command that creates the tables, if the code has one: the user runs it once.
function initFindings({ sources }: App) {
  const init = guessInit(sources)
  if (!init) return []
  const name = init.where.replace(/^src\//, '').replace(/[/.:].*$/, '')
  const run = `run it once, after the first deploy: echo 'flask --app ${name} ${init.value}' | make shell`
  return [note('data', `the command ${init.value} creates the tables`, run, { where: init.where })]
}
