import { outsideImages, substitutes } from '../image/build.ts'
import type { DockerfileFacts, Stage } from '../image/dockerfile.ts'
import { hasStandIns, standInFor, whyNoStandIn } from '../image/stand-in.ts'
import { type Finding, type Found, missing, note, ok } from './found.ts'

/** What is right and what could be better in an image, from its Dockerfile and the command that it is given. */
export function describeImage(
  { lock, images }: Pick<Found, 'lock' | 'images'>,
  image: DockerfileFacts,
  stage: Stage,
  command: readonly string[],
  text: string,
): Finding[] {
  const line = command.join(' ')
  const known = substitutes({ dockerfile: text, lock })
  const open = outsideImages({ dockerfile: text, lock }).filter((name) => !known.some((one) => one.name === name))
  const absent = hasStandIns(lock) ? open.filter((name) => !images[name]) : []
  const loose = open.filter((name) => !name.includes('@') && !absent.includes(name))
  const isDebian = [...known.filter(({ near }) => near).map(({ name }) => name), ...absent].some(
    (name) => name.includes('alpine') && standInFor(name, lock),
  )
  const isRoot = ['', 'root', '0', '0:0'].includes(stage.user.split(':')[0] ?? '')
  const test = image.stages.find(({ name }) => name.toLowerCase() === 'test')
  return [
    ...known.map(({ name, image: { upstream }, near }) =>
      near
        ? note(
            'base',
            `${name}: no registry answers, so the stand-in for ${upstream} takes its place`,
            'where a registry answers, it is what it says',
          )
        : ok('base', `${name}, pinned by the lock`),
    ),
    ...absent.map((name) =>
      standInFor(name, lock)
        ? note(
            'base',
            `${name}: no registry answers, so a stand-in is built`,
            'where a registry answers, it is what it says',
          )
        : missing(
            'base',
            `${name} is not on this engine, and no registry answered`,
            `${whyNoStandIn(name) || `docker pull ${name}   (or docker load)`}`,
          ),
    ),
    ...(isDebian && /\bapk\s+(add|--)/.test(text)
      ? [
          missing(
            'base',
            'apk add: the stand-in is Debian, and has no apk',
            'apt-get install, or an engine with a registry in reach',
          ),
        ]
      : []),
    ...loose.map((name) =>
      note(
        'base',
        `${name} is not pinned`,
        'write its digest behind it (@sha256:…), so that two builds are of one image',
      ),
    ),
    isRoot
      ? note(
          'user',
          'root, or what its base says',
          'USER 10001 in the Dockerfile, where the application allows it; until then it has few capabilities',
        )
      : ok('user', stage.user),
    ...(stage.command?.shell
      ? [
          note(
            'command',
            'a shell comes before it',
            'CMD ["…"]: signals then reach the program, which ends its requests',
          ),
        ]
      : []),
    ...(/\b(--debug|--reload|runserver|nodemon)\b/.test(line) || /\bflask\b.*\brun\b/.test(line)
      ? [
          note(
            'command',
            `${line}: a server for development`,
            'one for production, such as gunicorn --bind 0.0.0.0:PORT',
          ),
        ]
      : []),
    ...(isLocal(line, stage)
      ? [
          missing(
            'command',
            `${line}: it listens on 127.0.0.1 alone`,
            'let it listen on 0.0.0.0: the proxy reaches it from outside its container',
          ),
        ]
      : []),
    stage.healthcheck
      ? ok('health check', 'HEALTHCHECK in the image')
      : note(
          'health check',
          'none: the deploy and the proxy ask its health path',
          'HEALTHCHECK in the Dockerfile: Docker sees it too, and a rehearsal waits for it',
        ),
    test
      ? ok('tests', 'stage test')
      : note(
          'tests',
          'no stage named test',
          'make test only sees whether it comes up: FROM … AS test, with a CMD that runs its own suite',
        ),
  ]
}

function isLocal(line: string, { environment }: Stage): boolean {
  if (/127\.0\.0\.1|\blocalhost\b/.test(line)) return true
  const host = /--host|-h[ =]0|0\.0\.0\.0|\[::\]/.test(line) || environment['FLASK_RUN_HOST'] !== undefined
  return /\bflask\b.*\brun\b|\brunserver\b|\buvicorn\b/.test(line) && !host
}
