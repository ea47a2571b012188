import { outsideImages, substitutes } from '../image/build.ts'
import type { DockerfileFacts, Stage } from '../image/dockerfile.ts'
import { hasStandIns, standInFor, whyNoStandIn } from '../image/stand-in.ts'
import { type Finding, listFindings, missing, note, ok } from './finding.ts'
import type { SourceTree } from './source-tree.ts'

type Image = {
  readonly tree: Pick<SourceTree, 'lock' | 'images'>
  readonly facts: DockerfileFacts
  /** The stage that the release runs. */
  readonly stage: Stage
  readonly command: readonly string[]
  /** The text of the Dockerfile. */
  readonly text: string
}

/** Judges an image by its Dockerfile and by the command that it runs. */
export function imageFindings({ tree, facts, stage, command, text }: Image): Finding[] {
  return [
    ...baseFindings(tree, text),
    userFinding(stage),
    ...commandFindings(stage, command.join(' ')),
    stage.healthcheck
      ? ok('health check', 'HEALTHCHECK in the image')
      : note(
          'health check',
          'none: the deploy and the proxy request the health path',
          'add HEALTHCHECK to the Dockerfile: Docker then sees the health, and make test waits for it',
        ),
    facts.stages.some(({ name }) => name.toLowerCase() === 'test')
      ? ok('tests', 'stage test')
      : note(
          'tests',
          'no stage named test',
          'make test only checks that the application starts: add FROM … AS test, with a CMD that runs its tests',
        ),
  ]
}

function baseFindings({ lock, images }: Image['tree'], text: string): Finding[] {
  const known = substitutes({ dockerfile: text, lock })
  const open = outsideImages({ dockerfile: text, lock }).filter((name) => !known.some((one) => one.name === name))
  const absent = hasStandIns(lock) ? open.filter((name) => !images[name]) : []
  const unpinned = open.filter((name) => !name.includes('@') && !absent.includes(name))
  const replaced = [...known.filter(({ near }) => near).map(({ name }) => name), ...absent]
  const isDebian = replaced.some((name) => name.includes('alpine') && standInFor(name, lock))
  return [
    ...known.map(({ name, image: { upstream }, near }) =>
      near
        ? note('base', `${name}: no registry answers, so the stand-in for ${upstream} takes its place`, REAL_IMAGE)
        : ok('base', `${name}, pinned by the lock`),
    ),
    ...absent.map((name) => absentBase(name, lock)),
    ...listFindings(
      isDebian &&
        /\bapk\s+(add|--)/.test(text) &&
        missing(
          'base',
          'apk add: the stand-in is Debian, and has no apk',
          'use apt-get install, or an engine that reaches a registry',
        ),
    ),
    ...unpinned.map((name) =>
      note('base', `${name} is not pinned`, 'append its digest (@sha256:…), so that every build uses the same image'),
    ),
  ]
}

const REAL_IMAGE = 'nothing to do: where a registry answers, the build uses the real image'

function absentBase(name: string, lock: SourceTree['lock']): Finding {
  if (standInFor(name, lock)) return note('base', `${name}: no registry answers, so a stand-in is built`, REAL_IMAGE)
  return missing(
    'base',
    `${name} is not on this engine, and no registry answered`,
    whyNoStandIn(name) || `docker pull ${name}   (or docker load)`,
  )
}

function userFinding({ user }: Stage): Finding {
  if (!['', 'root', '0'].includes(user.split(':')[0] ?? '')) return ok('user', user)
  return note(
    'user',
    'root, or the user of its base image',
    'add USER 10001 to the Dockerfile if the application allows it; until then it runs with few capabilities',
  )
}

function commandFindings(stage: Stage, line: string): Finding[] {
  const isDevelopment = /\b(--debug|--reload|runserver|nodemon)\b/.test(line) || /\bflask\b.*\brun\b/.test(line)
  return listFindings(
    stage.command?.shell &&
      note(
        'command',
        'it runs under a shell',
        'write CMD ["…"]: stop signals then reach the program, and it can finish its requests',
      ),
    isDevelopment &&
      note(
        'command',
        `${line}: a server for development`,
        'use a server for production, such as gunicorn --bind 0.0.0.0:PORT',
      ),
    isLocal(line, stage) &&
      missing(
        'command',
        `${line}: it listens only on 127.0.0.1`,
        'let it listen on 0.0.0.0: the proxy reaches it from outside its container',
      ),
  )
}

function isLocal(line: string, { environment }: Stage): boolean {
  if (/127\.0\.0\.1|\blocalhost\b/.test(line)) return true
  const host = /--host|-h[ =]0|0\.0\.0\.0|\[::\]/.test(line) || environment['FLASK_RUN_HOST'] !== undefined
  return /\bflask\b.*\brun\b|\brunserver\b|\buvicorn\b/.test(line) && !host
}
