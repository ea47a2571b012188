import { tryJson } from '../../cli/parse.ts'
import type { Stage } from '../../image/dockerfile.ts'
import type { App, AppRule } from '../app.ts'
import { type Finding, listFindings, missing, note, ok } from '../finding.ts'

/** Whom the application runs as, and what. */
export const processRule: AppRule = (app) => {
  const { stage, command, draft } = app
  if (!stage) return undefined
  return {
    findings: [
      userFinding(app),
      ...commandFindings(stage, [command.join(' '), scriptOf(app)], draft?.where(draft.web ?? '', 'command')),
    ],
  }
}

function userFinding({ stage, image, draft }: App): Finding {
  const own = draft?.project.services[draft.web ?? '']?.['user']
  const user = typeof own === 'string' ? own : stage?.user || image?.user || ''
  if (!['', 'root', '0'].includes(user.split(':')[0] ?? '')) return ok('user', user)
  return note(
    'user',
    'root, or the user of its base image',
    'add USER 10001 to the Dockerfile if the application allows it; until then it runs with few capabilities',
  )
}

function commandFindings(
  stage: Stage,
  [line, script]: readonly [string, string],
  where: string | undefined,
): Finding[] {
  const isDevelopment = DEVELOPMENT.some((one) => one.test(line) || one.test(script))
  return listFindings(
    stage.command?.shell &&
      note(
        'command',
        'it runs under a shell',
        'write CMD ["…"]: stop signals then reach the program, and it can finish its requests',
        { where },
      ),
    isDevelopment &&
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
  ...[
    /--debug\b|--reload\b|\brunserver\b|\bnodemon\b/,
    /\bflask\b.*\brun\b/,
    /\bartisan serve\b|\bphp -S\b|\bsymfony serve(r:start)?\b/,
  ],
  ...[
    /\b(npm|yarn|pnpm|bun)( run)? (dev|start:dev)\b|\b(next|nuxt|vite) dev\b|\bng serve\b/,
    /\bspring-boot:run\b|\bquarkus:dev\b|\bdotnet (watch|run)\b/,
  ],
]

function isLocal(line: string, { environment }: Stage): boolean {
  if (/127\.0\.0\.1|\blocalhost\b/.test(line)) return true
  const host = /--host|-h[ =]0|0\.0\.0\.0|\[::\]/.test(line) || environment['FLASK_RUN_HOST'] !== undefined
  return /\bflask\b.*\brun\b|\brunserver\b|\buvicorn\b/.test(line) && !host
}
