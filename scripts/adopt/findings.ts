import { posix } from 'node:path'
import type { Stage } from '../image/dockerfile.ts'
import type { DataPath } from './data-paths.ts'
import { type Finding, listFindings, missing, note, ok } from './finding.ts'
import type { Guess, guessData } from './guess.ts'
import type { SourceTree } from './source-tree.ts'

/** Says whether the folder has a Dockerfile. If not, `kind` is the kind of application that adopt proposes one for. */
export function dockerfileFindings(path: string, stage: Stage | undefined, kind: string | undefined): Finding[] {
  if (stage) return [ok('Dockerfile', `${path}, from ${stage.image}`)]
  if (kind) return [missing('Dockerfile', `none; the folder looks like ${kind}`, 'use the one proposed below')]
  return [missing('Dockerfile', 'none, and the kind of application is unknown', `write ${path}`)]
}

/** Names the health path. `inside` is the folder of the image, relative to the application's folder. */
export const healthFinding = (health: Guess<string> | undefined, inside: string): Finding =>
  health
    ? ok(
        'health path',
        `${health.value} (${inside && health.where !== 'its health check' ? `${inside}/` : ''}${health.where})`,
      )
    : note(
        'health path',
        '/: the code names no better one',
        'set HEALTH_PATH to a page that needs no other service and answers 200: the proxy requests it several times a second',
      )

type Data = {
  readonly folders: readonly string[]
  readonly beside: ReturnType<typeof guessData>['beside']
  readonly dataPaths: readonly DataPath[]
  readonly stage: Stage | undefined
  /** The text of the Dockerfile. */
  readonly text: string
}

/** Says where the application keeps its data, and which data no volume holds. */
export function dataFindings({ folders, beside, dataPaths, stage, text }: Data): Finding[] {
  const owner = stage && stage.user !== '' && stage.user !== 'root' && stage.user !== '0' ? stage.user : undefined
  return [
    ...folders.map((folder) =>
      owner && !text.includes(folder)
        ? note(
            'data',
            `${folder} in a volume; the image runs as ${owner}`,
            `let that user own ${folder} in the image: RUN install -d -o ${owner} ${folder}, before USER`,
          )
        : ok('data', `${folder} in a volume`),
    ),
    ...dataPaths.map(({ variable, value, where }) =>
      ok('data', `moved into the volume by ${variable}=${value} (${where})`),
    ),
    ...beside
      .filter(({ where }) => !dataPaths.some((place) => place.where === where))
      .map(({ value, where }) =>
        missing(
          'data',
          `${value} beside the code (${where}): every deploy would lose it`,
          'write it to a folder of its own, such as /data, and mount a volume there',
        ),
      ),
  ]
}

/** Names the command that creates the tables, if the code has one: the user runs it once. */
export const initFindings = (init: Guess<string> | undefined): Finding[] =>
  init
    ? [
        note(
          'data',
          `the command ${init.value} creates the tables (${init.where})`,
          `run it once, after the first deploy: echo 'flask --app ${packageOf(init.where)} ${init.value}' | make shell`,
        ),
      ]
    : []

const packageOf = (where: string) => where.replace(/^src\//, '').replace(/[/.:].*$/, '')

/** Names the problems of the folder as a whole. */
export function projectFindings({ files, compose, live, dir }: SourceTree): Finding[] {
  return listFindings(
    compose?.problem
      ? missing(
          'compose',
          `${compose.file} cannot be read: ${compose.problem}`,
          `docker compose -f ${compose.file} config`,
        )
      : undefined,
    compose?.override !== undefined &&
      note(
        'compose',
        `${posix.join(dir, compose.override)} is not read`,
        'it is usually for development: copy what production needs into the proposed file',
      ),
    live.length > 0 &&
      note(
        'data',
        `${live.join(', ')}: volumes of ${compose?.file} on this engine`,
        'follow docs/guides/take-over.md; the commands are printed below',
      ),
    dir !== '.' &&
      files.includes('.git') &&
      missing(
        'git',
        `${dir} is a repository of its own, so this checkout would commit none of its files`,
        `rm -rf ${dir}/.git   (or git subtree add)`,
      ),
  )
}
