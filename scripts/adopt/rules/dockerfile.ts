import { posix } from 'node:path'
import { openArgs } from '../../image/args.ts'
import { DATABASE } from '../alone.ts'
import type { App, AppRule } from '../app.ts'
import { filesIn, inFolder } from '../app-code.ts'
import { quote } from '../draft.ts'
import { type Finding, listFindings, missing, note, ok, some } from '../finding.ts'
import { findRecipe } from '../recipe.ts'
import { renameTo } from '../remedy.ts'
import { ASIDE, type SourceTree, textsOf } from '../source-tree.ts'
import { findData } from './data.ts'
import { importFindings } from './go-imports.ts'
import { copyFindings, lostCopies } from './image-findings.ts'
import { ignoredImports } from './own-imports.ts'

/** The Dockerfile of the application: its own, none where a ready image runs, or the proposed one. */
export const dockerfileRule: AppRule = (app) => {
  const { dir, dockerfile: path, stage, recipe, ready, port, health, text } = app
  const { build } = app.spec
  if (ready !== undefined) return undefined
  if (stage) {
    const open = openArgs(text ?? '', textsOf(build?.args))
    const context = build?.context ?? posix.join(app.tree.root, dir)
    const unset = `FROM needs ${open.join(', ')}, which have no value: a build fails`
    const give = `give ARG ${open[0]} a default in ${path}, or a value in a Compose file (build: args:)`
    const of = build?.target ? `, stage ${build.target}` : ''
    return {
      findings: [
        ...listFindings(open.length > 0 && missing('Dockerfile', unset, give, { where: path })),
        ok('Dockerfile', `${path}${of}, from ${stage.image}`, { where: path }),
        ...copyFindings('Dockerfile', path, lostCopies(app.tree, context, app.facts)),
        ...importFindings('Dockerfile', app.tree, context, [text, ...app.command].join('\n')),
        ...ignoredImports('Dockerfile', app.tree, context, [text, ...app.command].join('\n')),
      ],
    }
  }
  if (text !== undefined || build) {
    const lacks = app.facts?.stages.length === 0 ? 'has no FROM' : `has no stage ${build?.target}`
    const found = `${path} ${text === undefined ? 'does not exist' : lacks}`
    const mend = renameTo(app.tree, path, 'correct build: in the Compose file')
    return { findings: [missing('Dockerfile', found, mend)] }
  }
  const unknown = missing('Dockerfile', 'none, and the kind of application is unknown', `write ${path}`)
  if (!recipe) return { findings: [otherFinding(app, path) ?? unknown] }
  const proposed = recipe.render(health.value, port?.value ?? recipe.port, findData(app).folders)
  return {
    files: [{ path, text: proposed }],
    findings: [note('Dockerfile', `none; the folder looks like ${recipe.kind}`, 'use the one proposed below')],
  }
}

// A Dockerfile that is not taken by itself, unless it is that of a database; else a folder that looks like an application.
function otherFinding({ tree }: App, path: string): Finding | undefined {
  const { files, sources, dir } = tree
  const isFile = (file: string) =>
    /(^|\/)(docker|container)file[^/]*$|\.dockerfile$/i.test(file) && !/(^|\/)\.devcontainer\//.test(file)
  const others = files.filter((file) => isFile(file) && !DATABASE.test(sources[file] ?? '')).slice(0, 3)
  const lists = others.length > 0 ? [] : files.filter((file) => LISTED.test(file) && !ASIDE.test(file))
  // A library lies beside the applications that use it.
  const starts = lists.filter((file) => findRecipe(folderTree(tree, posix.dirname(file))))
  const [inner] = [...others.filter((file) => file.endsWith('/Dockerfile')), ...starts, ...lists]
  if (inner === undefined && others.length === 0) return undefined
  const there = inner === undefined ? others : starts.length > 1 ? starts : [inner]
  const build = `services: {app: {build: {context: ., dockerfile: ${others[0]}}, ports: ["PORT:PORT"]}}`
  const mend =
    inner === undefined
      ? `name it in a Compose file, then run this again: ${build}`
      : `for its folder: the same command with APP_DIR=${quote(posix.join(dir, posix.dirname(inner)))} before it`
  return missing('Dockerfile', `no ${path}; there is ${some(there)}`, mend)
}

const LISTED = /\/(package\.json|requirements\.txt|pyproject\.toml|go\.mod|pom\.xml|composer\.json)$/
const folderTree = (tree: SourceTree, folder: string): SourceTree => ({
  ...tree,
  files: filesIn(tree.files, folder),
  sources: inFolder(tree.sources, folder),
})
