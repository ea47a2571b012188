import { posix } from 'node:path'
import { ANY_COMPOSE, plainName, type Variables } from '../config/settings.ts'
import { OWNER, PROJECT_LABEL } from '../docker/labels.ts'
import { parseDockerfile } from '../image/dockerfile.ts'
import { renderCompose } from './compose-file.ts'
import { DATA_FOLDER, guessDataPaths } from './data-paths.ts'
import { type Finding, missing, ok } from './finding.ts'
import { dataFindings, dockerfileFindings, healthFinding, initFindings, projectFindings } from './findings.ts'
import { guessData, guessHealth, guessInit, guessPort } from './guess.ts'
import { imageFindings } from './image.ts'
import type { Copy } from './mounts.ts'
import { SIGN } from './names.ts'
import { findRecipe } from './recipe.ts'
import { type Adopted, adoptServices } from './services.ts'
import type { SourceTree } from './source-tree.ts'

/** What `make adopt` proposes: the findings, the lines of .env, the files, and the commands that copy existing data. */
export type Adoption = {
  readonly findings: readonly Finding[]
  readonly settings: Variables
  /** Values for .env; the report shows only their names. */
  readonly secrets: Variables
  readonly files: readonly { readonly path: string; readonly text: string }[]
  /** Lines to append to files. */
  readonly lines: Readonly<Record<string, string>>
  readonly copies: readonly string[]
}

// The toolkit's own files in compose/ have these names.
const OURS = ['app', 'any', 'beside', 'dev', 'postgres', 'toolkit']

/** Proposes how an application becomes a release. It invents no value: what the folder lacks becomes a finding. */
export function planAdoption(tree: SourceTree): Adoption {
  const name = nameOf(posix.join(tree.root, tree.dir))
  const project = tree.project ?? (tree.live.length > 0 ? `${name}-app` : name)
  const composed = tree.compose && !tree.compose.problem ? adoptServices(tree, tree.compose, project) : undefined
  const app = readApp(tree, composed)
  const { dir, inside, sources, text = '', image, stage, recipe, command } = app
  const port = findPort(app, composed)
  const health = guessHealth(sources, [...(composed?.checks ?? []), ...healthcheckOf(text)])
  const data = findData(app, composed)
  const compose = renderCompose({ path: tree.composeFile, name, heading: SIGN }, composed, data.folders, data.dataPaths)
  const path = health?.value ?? '/'
  const dockerfile = recipe && {
    path: posix.join(dir, 'Dockerfile'),
    text: recipe.render(path, port?.value ?? recipe.port, data.folders),
  }
  return {
    findings: [
      ...dockerfileFindings(posix.join(dir, 'Dockerfile'), stage, recipe?.kind),
      ...(image && stage ? imageFindings({ tree, facts: image, stage, command, text }) : []),
      port
        ? ok('port', `${port.value} (${port.where})`)
        : missing('port', 'no file says which port it listens on', 'set APP_PORT=… in .env'),
      healthFinding(health, inside),
      ...dataFindings({ ...data, stage, text }),
      ...initFindings(guessInit(sources)),
      ...(composed?.findings ?? []),
      ...projectFindings(tree),
    ],
    settings: {
      PROJECT: project,
      APP_DIR: dir,
      ...(compose ? { APP_COMPOSE: `${ANY_COMPOSE}:${compose.path}` } : {}),
      ...(port ? { APP_PORT: String(port.value) } : {}),
      HEALTH_PATH: path,
    },
    secrets: composed?.secrets ?? {},
    files: [dockerfile, compose].filter((file) => file !== undefined),
    lines: {},
    copies: (composed?.copies ?? []).flatMap((copy) => copyLines(project, copy)),
  }
}

type App = ReturnType<typeof readApp>

// Reads the folder of the image, which may lie inside the folder of the application.
function readApp(tree: SourceTree, composed: Adopted | undefined) {
  const dir = composed?.dir ?? tree.dir
  const inside = posix.relative(tree.dir, dir)
  const sources = inFolder(tree.sources, inside)
  const text = sources['Dockerfile']
  const image = text === undefined ? undefined : parseDockerfile(text)
  const stage = image?.stages.at(-1)
  const files = Object.keys(inFolder(Object.fromEntries(tree.files.map((file) => [file, ''])), inside))
  const recipe = text === undefined ? findRecipe({ ...tree, sources, files }) : undefined
  const command = composed?.command.length ? composed.command : (stage?.command?.words ?? [])
  return { dir, inside, sources, text, image, stage, recipe, command }
}

function findPort({ sources, stage, recipe, command }: App, composed: Adopted | undefined) {
  if (composed?.port) return { value: composed.port, where: 'the Compose file' }
  const port = guessPort(sources, stage, command)
  return port ?? (recipe && { value: recipe.port, where: `usual for ${recipe.kind}` })
}

function findData({ sources, stage, recipe }: App, composed: Adopted | undefined) {
  const { folders, beside } = guessData(sources, stage?.workdir ?? recipe?.workdir ?? '/')
  const own = (composed?.services['app'] ?? {}) as { environment?: Variables }
  const dataPaths = guessDataPaths(sources, Object.keys({ ...stage?.environment, ...own.environment }))
  const moved = dataPaths.length > 0 ? [DATA_FOLDER] : []
  const all = new Set([...(stage?.volumes ?? []), ...folders.map(({ value }) => value), ...moved])
  return { folders: [...all], beside, dataPaths }
}

const inFolder = (texts: SourceTree['sources'], folder: string) =>
  folder === ''
    ? texts
    : Object.fromEntries(
        Object.entries(texts).flatMap(([file, text]) =>
          file.startsWith(`${folder}/`) ? [[file.slice(folder.length + 1), text]] : [],
        ),
      )

/** Makes a valid name for the project, the image and the Compose file from the name of any folder. */
export function nameOf(dir: string): string {
  const name = plainName(posix.basename(dir))
  return name === '' || OURS.includes(name) ? `my-${name || 'app'}` : name
}

const healthcheckOf = (text: string) => /^HEALTHCHECK\b(?:.*\\\n)*.*$/im.exec(text) ?? []

// The commands only read the old volume: until the user removes it, the old containers can start again.
function copyLines(project: string, { from, to, image }: Copy): string[] {
  return [
    `docker volume create --label ${OWNER}=data --label ${PROJECT_LABEL}=${project} ${to}`,
    `docker run --rm --network none --user 0:0 --entrypoint cp -v ${quote(from)}:/from:ro -v ${to}:/to ${quote(image)} -a /from/. /to/`,
  ]
}
const quote = (word: string) => (/^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)
