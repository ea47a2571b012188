import { posix } from 'node:path'
import { tryJson } from '../../cli/parse.ts'
import type { Stage } from '../../image/dockerfile.ts'
import { expand } from '../../image/expand.ts'
import type { App, AppRule } from '../app.ts'
import { commandOf, type ServiceRule } from '../draft.ts'
import { type Finding, listFindings, missing, note, ok } from '../finding.ts'

/** Whom the application runs as, and what. */
export const processRule: AppRule = (app) => {
  const { stage, draft } = app
  const command = expand(app.command.join(' '), stage?.environment ?? {})
  if (!stage) return undefined
  return {
    findings: [
      userFinding(app),
      ...commandFindings(stage, [command, scriptOf(app)], draft?.where(draft.web ?? '', 'command')),
    ],
  }
}

function userFinding({ stage, image, draft }: App): Finding {
  const own = draft?.project.services[draft.web ?? '']?.['user']
  const user = typeof own === 'string' ? own : stage?.user || image?.user || ''
  const isRoot = ['', 'root', '0'].includes(user.split(':')[0] ?? '')
  return ok('user', isRoot ? 'root, or the user of its base image: it runs with few capabilities' : user)
}

function commandFindings(
  stage: Stage,
  [line, script]: readonly [string, string],
  where: string | undefined,
): Finding[] {
  return listFindings(
    stage.command?.shell &&
      note(
        'command',
        'it runs under a shell',
        'write CMD ["…"]: stop signals then reach the program, and it can finish its requests',
        { where },
      ),
    [line, script].some(isDevelopment) &&
      note(
        'command',
        `${script || line}: a server for development`,
        'use a server for production (gunicorn, php-fpm, node, what a build made), which listens on 0.0.0.0',
        { where },
      ),
    isLocal(line, stage) &&
      missing(
        'command',
        `${line}: it listens only on 127.0.0.1`,
        'let it listen on 0.0.0.0: the proxy reaches it from outside its container',
        { where },
      ),
  )
}

// What npm start, or another of its scripts, runs.
function scriptOf({ command, sources }: App): string {
  const [, name] = /\b(?:npm|yarn|pnpm|bun)(?: run)? ([\w:-]+)/.exec(command.join(' ')) ?? []
  const all: unknown = tryJson(sources['package.json'] ?? '')
  const { scripts } = (all ?? {}) as { scripts?: Record<string, unknown> }
  const found = name ? scripts?.[name] : undefined
  return typeof found === 'string' ? found : ''
}

const DEVELOPMENT = [
  /\breact-scripts start\b|\bvue-cli-service serve\b|\bwebpack(-dev-server| serve)\b|^vite$|\bvite --|\bbin\/dev\b/,
  /\b(npm|pnpm|yarn|bun|nest|next|nuxt|vite)\b[^&|;]*?[ :](dev\w*|debug|watch)\b|\bng serve\b/,
  /--debug\b|--reload\b|\brunserver\b|\bnodemon\b|\bflask\b.*\brun\b/,
  /\bartisan serve\b|\bphp -S\b|\bsymfony serve(r:start)?\b/,
  /\bspring-boot:run\b|\bquarkus:dev\b|\bdotnet (watch|run)\b|\bgo run\b/,
]
const TESTS = /\b(npm|yarn|pnpm|bun)( run)? test\b|\b(pytest|jest|vitest|phpunit|rspec)\b|\bgo test\b/
const isDevelopment = (line: string) => DEVELOPMENT.some((one) => one.test(line))

/** A service beside the application that runs a server for development, and an image for it. */
export const developmentRule: ServiceRule = (old) => {
  const { service, spec, isWeb, where } = old
  const line = commandOf(old).join(' ').replace(/\s+/g, ' ')
  const { target = '', dockerfile = '' } = spec.build ?? {}
  const isForDevelopment = /[._-](dev|development|debug|local)$|^(dev|development|debug)[._-]/i.test(
    posix.basename(dockerfile),
  )
  const say = (key: string, found: string, mend: string) => note(service, found, mend, { where: where(service, key) })
  const short = line.length > 100 ? `…${line.slice(-100)}` : line
  return {
    findings: listFindings(
      !isWeb &&
        isDevelopment(line) &&
        say('command', `${short}: a server for development`, 'let command: run what production needs'),
      !isWeb &&
        TESTS.test(line) &&
        say(
          'command',
          `${short}: it runs tests`,
          'take it out of the proposed file: the services of a release keep running',
        ),
      /^(dev|development|debug|local|watch)$/i.test(target) &&
        say('build', `its image ends with stage ${target}`, 'name the stage for production in target: of its build'),
      isForDevelopment &&
        say('build', `its image is built from ${dockerfile}`, 'name the Dockerfile for production in its build'),
    ),
  }
}

function isLocal(line: string, { environment }: Stage): boolean {
  if (/127\.0\.0\.1|\blocalhost\b/.test(line)) return true
  const host = /--host|-h[ =]0|0\.0\.0\.0|\[::\]/.test(line) || environment['FLASK_RUN_HOST'] !== undefined
  return /\bflask\b.*\brun\b|\brunserver\b|\buvicorn\b/.test(line) && !host
}
