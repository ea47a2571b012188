import type { Stage } from '../image/dockerfile.ts'
import type { DataPath } from './data-paths.ts'
import { type Finding, listFindings, missing, note, ok } from './finding.ts'
import type { Guess, guessData } from './guess.ts'
import type { SourceTree } from './source-tree.ts'

/** Whether there is a Dockerfile; if not, the kind of application that one is proposed for. */
export function dockerfileFindings(dir: string, stage: Stage | undefined, kind: string | undefined): Finding[] {
  if (stage) return [ok('Dockerfile', `${dir}/Dockerfile, from ${stage.image}`)]
  if (kind) return [missing('Dockerfile', `none; the folder looks like ${kind}`, 'use the one proposed below')]
  return [
    missing(
      'Dockerfile',
      'none, and the folder looks like no known kind of application',
      `write ${dir}/Dockerfile (sample-app/Dockerfile is an example)`,
    ),
  ]
}

/** The path that tells whether the application is healthy; `inside` is the folder of the image. */
export const healthFinding = (health: Guess<string> | undefined, inside: string): Finding =>
  health
    ? ok(
        'health path',
        `${health.value} (${inside && health.where !== 'its health check' ? `${inside}/` : ''}${health.where})`,
      )
    : note(
        'health path',
        '/: the code names no better one',
        'set HEALTH_PATH to a page that needs no other service: it is requested several times a second and must answer 200',
      )

type Data = {
  readonly folders: readonly string[]
  readonly beside: ReturnType<typeof guessData>['beside']
  readonly dataPaths: readonly DataPath[]
  readonly stage: Stage | undefined
  /** The text of the Dockerfile. */
  readonly text: string
}

/** Where the application keeps its data, and which data no volume holds. */
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
    ...dataPaths.map(({ variable, value, where }) => ok('data', `kept there by ${variable}=${value} (${where})`)),
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

/** The command that the user has to run once. */
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

/** What is wrong with the folder as a whole. */
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
        `${dir}/${compose.override} is not read`,
        'it is usually for development: copy what production needs into the proposed file',
      ),
    live.length > 0 &&
      note(
        'data',
        `${live.join(', ')}: volumes of ${compose?.file} on this engine`,
        'follow docs/guides/take-over.md; the commands are printed below',
      ),
    files.includes('.git') &&
      missing(
        'git',
        `${dir} is a repository of its own, so this checkout would commit none of its files`,
        `rm -rf ${dir}/.git   (or git subtree add)`,
      ),
  )
}
