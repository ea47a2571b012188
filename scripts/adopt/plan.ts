import { posix } from 'node:path'
import { ANY_COMPOSE, type Variables } from '../config/settings.ts'
import { OWNER, PROJECT_LABEL } from '../docker/labels.ts'
import { parseDockerfile } from '../image/dockerfile.ts'
import { renderCompose } from './compose-file.ts'
import { DATA_FOLDER, guessDataPaths } from './data-paths.ts'
import { type Finding, missing, ok } from './finding.ts'
import { dataFindings, dockerfileFindings, healthFinding, initFindings, projectFindings } from './findings.ts'
import { guessData, guessHealth, guessInit, guessPort } from './guess.ts'
import { imageFindings } from './image.ts'
import { findRecipe } from './recipe.ts'
import { adoptServices } from './services.ts'
import type { SourceTree } from './source-tree.ts'

/** What `make adopt` proposes: the findings, the lines of .env, the files, and the commands that copy existing data. */
export type Adoption = {
  readonly findings: readonly Finding[]
  readonly settings: Variables
  /** Values for .env of which the report shows only the names. */
  readonly secrets: Variables
  readonly files: readonly { readonly path: string; readonly text: string }[]
  readonly copies: readonly string[]
}

const OURS = ['app', 'any', 'beside', 'dev', 'postgres', 'toolkit']

/** Proposes how an application becomes a release. It decides only what the folder says; the rest becomes a finding. */
export function planAdoption(tree: SourceTree): Adoption {
  const name = nameOf(tree.dir)
  const project = tree.project ?? (tree.live.length > 0 ? `${name}-app` : name)
  const composed = tree.compose && !tree.compose.problem ? adoptServices(tree, tree.compose, project) : undefined
  const dir = composed?.dir ?? tree.dir
  const inside = posix.relative(tree.dir, dir)
  const sources = inFolder(tree.sources, inside)
  const text = sources['Dockerfile']
  const image = text === undefined ? undefined : parseDockerfile(text)
  const stage = image?.stages.at(-1)
  const recipe =
    text === undefined
      ? findRecipe({
          ...tree,
          sources,
          files: Object.keys(inFolder(Object.fromEntries(tree.files.map((file) => [file, ''])), inside)),
        })
      : undefined
  const command = composed?.command.length ? composed.command : (stage?.command?.words ?? [])

  const port =
    guessPort(sources, stage, command) ?? (recipe && { value: recipe.port, where: `usual for ${recipe.kind}` })
  const listens = composed?.port ? { value: composed.port, where: 'the Compose file' } : port
  const health = guessHealth(sources, [...(composed?.checks ?? []), ...healthcheckOf(text)])
  const data = guessData(sources, stage?.workdir ?? recipe?.workdir ?? '/')
  const own = (composed?.services['app'] ?? {}) as { environment?: Variables }
  const dataPaths = guessDataPaths(sources, Object.keys({ ...stage?.environment, ...own.environment }))
  const placed = dataPaths.length > 0 ? [DATA_FOLDER] : []
  const folders = [...new Set([...(stage?.volumes ?? []), ...data.folders.map(({ value }) => value), ...placed])]
  const compose = renderCompose(name, composed, folders, dataPaths)

  const { value: path } = health ?? { value: '/' }
  const settings = {
    PROJECT: project,
    APP_DIR: dir,
    ...(compose ? { APP_COMPOSE: `${ANY_COMPOSE}:${compose.path}` } : {}),
    ...(listens ? { APP_PORT: String(listens.value) } : {}),
    HEALTH_PATH: path,
    IMAGE_REPOSITORY: name,
  }
  const dockerfile = recipe && {
    path: posix.join(dir, 'Dockerfile'),
    text: recipe.render(path, listens?.value ?? recipe.port, folders),
  }
  return {
    findings: [
      ...dockerfileFindings(dir, image && stage, recipe?.kind),
      ...(image && stage ? imageFindings({ tree, facts: image, stage, command, text: text ?? '' }) : []),
      listens
        ? ok('port', `${listens.value} (${listens.where})`)
        : missing('port', 'no file says which port it listens on', 'set APP_PORT=… in .env'),
      healthFinding(health, inside),
      ...dataFindings({ folders, beside: data.beside, dataPaths, stage, text: text ?? '' }),
      ...initFindings(guessInit(sources)),
      ...(composed?.findings ?? []),
      ...projectFindings(tree),
    ],
    settings,
    secrets: composed?.secrets ?? {},
    files: [dockerfile, compose].filter((file) => file !== undefined),
    copies: (composed?.copies ?? []).flatMap(({ from, to, image: with_ }) => copyLines(project, from, to, with_)),
  }
}

const inFolder = (texts: SourceTree['sources'], folder: string) =>
  folder === ''
    ? texts
    : Object.fromEntries(
        Object.entries(texts).flatMap(([file, text]) =>
          file.startsWith(`${folder}/`) ? [[file.slice(folder.length + 1), text]] : [],
        ),
      )

/** A name for the project, the image and the file, whatever the folder is called. */
export function nameOf(dir: string): string {
  const name = posix
    .basename(dir)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40)
    .replace(/-$/, '')
  return name === '' || OURS.includes(name) ? `my-${name || 'app'}` : name
}

const healthcheckOf = (text: string | undefined) => /^HEALTHCHECK\b(?:.*\\\n)*.*$/im.exec(text ?? '') ?? []

// The commands only read the old volume: until the user removes it, the old containers can start again.
function copyLines(project: string, from: string, to: string, image: string): string[] {
  return [
    `docker volume create --label ${OWNER}=data --label ${PROJECT_LABEL}=${project} ${to}`,
    `docker run --rm --network none --user 0:0 --entrypoint cp -v ${quote(from)}:/from:ro -v ${to}:/to ${quote(image)} -a /from/. /to/`,
  ]
}
const quote = (word: string) => (/^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)
