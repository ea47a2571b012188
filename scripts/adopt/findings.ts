import type { Stage } from '../image/dockerfile.ts'
import { type Finding, type Found, missing, note, ok } from './found.ts'
import type { Guess, guessData } from './guess.ts'
import type { Place } from './places.ts'

/** Whether there is a Dockerfile, or what one is proposed for. */
export function dockerfileFindings(dir: string, stage: Stage | undefined, kind: string | undefined): Finding[] {
  if (stage) return [ok('Dockerfile', `${dir}/Dockerfile, from ${stage.image}`)]
  if (kind) return [missing('Dockerfile', `there is none; it looks like ${kind}`, 'the one proposed here')]
  return [
    missing(
      'Dockerfile',
      'there is none, and the folder looks like nothing known',
      `write ${dir}/Dockerfile (sample-app/Dockerfile is an example)`,
    ),
  ]
}

/** The path that says whether the application is well. */
export const healthFinding = (health: Guess<string> | undefined, inside: string): Finding =>
  health
    ? ok(
        'health path',
        `${health.value} (${inside && health.where !== 'its health check' ? `${inside}/` : ''}${health.where})`,
      )
    : note(
        'health path',
        '/, for want of another',
        'it is asked several times a second, and must answer 200: a page that needs nothing else is better (HEALTH_PATH)',
      )

/** Where its data lie, and what of them no volume holds. */
export function dataFindings(
  folders: readonly string[],
  { beside }: ReturnType<typeof guessData>,
  places: readonly Place[],
  stage: Stage | undefined,
  text: string,
): Finding[] {
  const owner = stage && stage.user !== '' && stage.user !== 'root' && stage.user !== '0' ? stage.user : undefined
  return [
    ...folders.map((folder) =>
      owner && !text.includes(folder)
        ? note(
            'data',
            `${folder} in a volume; the image runs as ${owner}`,
            `that user must own ${folder} in the image: RUN install -d -o ${owner} ${folder}, before USER`,
          )
        : ok('data', `${folder} in a volume`),
    ),
    ...places.map(({ variable, value, where }) => ok('data', `there by ${variable}=${value} (${where})`)),
    ...beside
      .filter(({ where }) => !places.some((place) => place.where === where))
      .map(({ value, where }) =>
        missing(
          'data',
          `${value} beside the code (${where}): every deploy would lose it`,
          'let it lie in a folder of its own, such as /data, and mount a volume there',
        ),
      ),
  ]
}

/** What has to be run once. */
export const initFindings = (init: Guess<string> | undefined): Finding[] =>
  init
    ? [
        note(
          'data',
          `a command ${init.value} makes the tables (${init.where})`,
          `once, after the first deploy: echo 'flask --app ${packageOf(init.where)} ${init.value}' | make shell`,
        ),
      ]
    : []

const packageOf = (where: string) => where.replace(/^src\//, '').replace(/[/.:].*$/, '')

/** What is amiss with the folder as a whole. */
export function projectFindings({ files, compose, live, dir }: Found): Finding[] {
  return [
    ...(compose?.problem
      ? [
          missing(
            'compose',
            `${compose.file} cannot be read: ${compose.problem}`,
            `docker compose -f ${compose.file} config`,
          ),
        ]
      : []),
    ...(compose?.override
      ? [
          note(
            'compose',
            `${dir}/${compose.override} is not read`,
            'for production it mostly is not meant; what is goes into the proposed file by hand',
          ),
        ]
      : []),
    ...(live.length > 0
      ? [
          note(
            'data',
            `${live.join(', ')}: volumes of ${compose?.file} on this engine`,
            'docs/guides/take-over.md, step by step; the commands are printed here',
          ),
        ]
      : []),
    ...(files.includes('.git')
      ? [
          missing(
            'git',
            `${dir} is a repository of its own, of which this checkout would keep no file`,
            `rm -rf ${dir}/.git   (or git subtree add)`,
          ),
        ]
      : []),
  ]
}
