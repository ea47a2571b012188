import { posix } from 'node:path'
import type { Variables } from '../../config/settings.ts'
import { type App, type AppRule, filesIn, inFolder } from '../app.ts'
import { DATA_FOLDER, guessDataPaths } from '../data-paths.ts'
import { type Draft, isScratch, isWithin, type ServiceRule } from '../draft.ts'
import { type Finding, missing, note, ok } from '../finding.ts'
import { type Guess, guessData, guessInit } from '../guess.ts'
import { inImage } from '../mounts.ts'
import { serverOf } from '../server.ts'
import type { Mount } from '../source-tree.ts'
import { findUploads, type Upload, withMounts } from '../uploads.ts'

/** The folders that the application's code and image name for data, the variables that move data there, and data beside the code. */
export function findData(app: App) {
  const { sources: given, stage, recipe, draft, ready } = app
  // What lies around a ready image is the code of other services.
  const sources = ready === undefined ? given : {}
  const { folders, beside } = guessData(sources, stage?.workdir ?? recipe?.workdir ?? '/')
  const own: Variables = Object.fromEntries(
    Object.entries(draft?.project.services[draft.web ?? '']?.environment ?? {}).map(([key, value]) => [
      key,
      value ?? '',
    ]),
  )
  const volumes = draft?.project.services[draft.web ?? '']?.volumes ?? []
  // Who has mounted something knows where the data lie.
  const dataPaths = volumes.length > 0 ? [] : guessDataPaths(sources, Object.keys({ ...stage?.environment, ...own }))
  const uploads =
    ready === undefined && (stage ?? recipe)
      ? uploadsOf(app).filter(({ value, where }) => {
          const isMounted = volumes.some(
            ({ type, target }) => type !== 'bind' && (isWithin(value, target) || isWithin(target, value)),
          )
          return !isMounted && !dataPaths.some((place) => place.where === where)
        })
      : []
  const moved = dataPaths.length > 0 ? [DATA_FOLDER] : []
  const all = new Set([
    ...[...(stage?.volumes ?? []), ...(draft ? [] : (app.image?.volumes ?? []))].filter((path) => !isScratch(path)),
    ...folders.map(({ value }) => value),
    ...uploads.filter(({ kept }) => kept.length === 0).map(({ value }) => value),
    ...moved,
  ])
  return { folders: [...all], beside, dataPaths, uploads }
}

// The folders of uploads, and the files of the image that a volume there would hide.
const uploadsOf = ({ tree, sources, stage, recipe, facts, dir, draft }: App) => {
  const files = filesIn(tree.tracked, dir === '.' ? '' : dir)
  const workdir = stage?.workdir ?? recipe?.workdir ?? '/'
  const context = posix.join(tree.root, dir)
  const spec = draft?.project.services[draft.web ?? ''] ?? { build: { context } }
  return findUploads({ sources, files, facts: facts && withMounts(facts, spec), workdir }).map((one) => ({
    ...one,
    kept: inImage({ tree, spec, stage }, one.value),
  }))
}

/** Says where the application keeps its data, and which data no volume holds. */
export const dataRule: AppRule = (app) => {
  const { stage, text = '', draft } = app
  const { folders, beside, dataPaths, uploads } = findData(app)
  const hasServer = draft !== undefined && hasDatabase(draft)
  const mounts = draft ? keptMounts(draft, draft.web ?? '') : []
  const owner = stage && !['', 'root', '0'].includes(stage.user) ? stage.user : undefined
  return {
    findings: [
      ...folders.map((folder) =>
        owner && !text.includes(folder)
          ? note(
              'data',
              `${folder} in a volume; the image runs as ${owner}`,
              `let that user own ${folder} in the image: RUN install -d -o ${owner} ${folder}, before USER`,
            )
          : volumeFinding(
              folder,
              uploads.find(({ value }) => value === folder),
            ),
      ),
      ...uploads
        .filter(({ kept }) => kept.length > 0)
        .map(({ value, where, kept }) =>
          missing(
            'data',
            `${value} keeps what users send, beside ${kept[0]} of the image: every deploy would lose it`,
            'let git keep no files there, and mount a volume: it would hide those of the next version',
            { where, confidence: 'likely' },
          ),
        ),
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

// Frameworks name a file of SQLite as the default, also where a server has the data.
const hasDatabase = ({ tree, project }: Draft): boolean =>
  Object.keys(project.services).some((name) =>
    /^(postgresql|mysql|mariadb)$/.test(serverOf(tree, project, name)?.kind ?? ''),
  )
// A mount of code is left out, and holds nothing.
const keptMounts = ({ project, folders }: Draft, service: string): readonly Mount[] =>
  (project.services[service]?.volumes ?? []).filter(({ type, source = '' }) => type !== 'bind' || folders.has(source))

type Held = { readonly mounts: readonly Mount[]; readonly workdir: string; readonly hasServer: boolean }
function besideFindings(
  check: string,
  beside: readonly Guess<string>[],
  { mounts, workdir, hasServer }: Held,
): Finding[] {
  const open = beside.filter(
    ({ value }) => !mounts.some(({ target }) => isWithin(posix.resolve(workdir, value), target)),
  )
  return open
    .filter(({ value }, index) => open.findIndex((one) => one.value === value) === index)
    .map(({ value, where }) =>
      hasServer || mounts.some(({ type }) => type === 'volume')
        ? note(
            check,
            `${value}: ${hasServer ? "its database beside the code, or the server's?" : 'in a volume, or beside the code?'}`,
            'make sure that it lies in a volume: every deploy loses what is beside the code',
            { where, confidence: 'guess' },
          )
        : missing(
            check,
            `${value} beside the code: every deploy would lose it`,
            'write it to a folder of its own, such as /data, and mount a volume there',
            { where, confidence: 'likely' },
          ),
    )
}

/** Names the data that a service beside the application has beside its code. */
export const besideRule: ServiceRule = (old) => {
  const { tree, spec, stage, service, isWeb, server } = old
  if (isWeb || server || !spec.build || !stage) return undefined
  const folder = posix.relative(posix.join(tree.root, tree.dir), spec.build.context)
  const { beside } = guessData(inFolder(tree.sources, folder), stage.workdir)
  const own = beside.map((one) => ({ ...one, where: posix.join(folder, one.where) }))
  return {
    findings: besideFindings(service, own, {
      ...{ mounts: keptMounts(old, service), workdir: stage.workdir, hasServer: hasDatabase(old) },
    }),
  }
}

const volumeFinding = (folder: string, upload: Upload | undefined) =>
  upload?.confidence === 'guess'
    ? note(
        'data',
        `${folder} in a volume: it seems to keep what users send`,
        `correct the path in the proposed file where the code writes elsewhere`,
        upload,
      )
    : ok('data', `${folder} in a volume`, { where: upload?.where, ...(upload ? { confidence: 'likely' } : {}) })

// Variables of the image that name a folder for data, and that nothing mounts.
function namedFolders({ stage, draft }: App, folders: readonly string[]): [string, string][] {
  const mounted = (draft?.project.services[draft.web ?? '']?.volumes ?? []).map(({ target }) => target)
  const held = [...folders, ...mounted, ...(stage?.volumes ?? [])]
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
