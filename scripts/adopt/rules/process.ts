import { posix } from 'node:path'
import type { Stage } from '../../image/dockerfile.ts'
import { expand } from '../../image/expand.ts'
import type { App, AppRule } from '../app.ts'
import { type ServiceRule, toWords } from '../draft.ts'
import { type Finding, listFindings, missing, note, ok } from '../finding.ts'

/** Whom the application runs as, and what. */
export const processRule: AppRule = (app) => {
  const { stage, draft } = app
  const command = expand(app.command.join(' '), stage?.environment ?? {})
  if (!stage) return undefined
  return {
    findings: [userFinding(app), ...commandFindings(stage, command, draft?.where(draft.web ?? '', 'command'))],
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

function commandFindings(stage: Stage, line: string, where: string | undefined): Finding[] {
  return listFindings(
    stage.command?.shell &&
      note(
        'command',
        'it runs under a shell',
        'write CMD ["…"]: stop signals then reach the program, and it can finish its requests',
        { where },
      ),
    isDevelopment(line) &&
      note(
        'command',
        `${line}: a server for development`,
        'let it run what production needs: a build and its server, or such as gunicorn --bind 0.0.0.0:PORT',
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

const isDevelopment = (line: string) =>
  /\b(runserver|nodemon)\b|--debug\b|--reload\b|\bflask\b.*\brun\b|\bgo run\b/.test(line) ||
  /\b(npm|pnpm|yarn|bun|nest|next|vite)\b[^&|;]*?[ :](dev\w*|debug|watch)\b/.test(line)

/** A service beside the application that runs a server for development, and an image for it. */
export const developmentRule: ServiceRule = ({ service, spec, stage, isWeb, where }) => {
  const words = [...toWords(spec['entrypoint']), ...toWords(spec['command'])]
  const line = (words.length > 0 ? words : (stage?.command?.words ?? [])).join(' ').replace(/\s+/g, ' ')
  const { target = '', dockerfile = '' } = spec.build ?? {}
  const isForDevelopment = /[._-](dev|development|debug|local)$|^(dev|development|debug)[._-]/i.test(
    posix.basename(dockerfile),
  )
  return {
    findings: listFindings(
      !isWeb &&
        isDevelopment(line) &&
        note(
          service,
          `${line.length > 100 ? `…${line.slice(-100)}` : line}: a server for development`,
          'let command: run what production needs',
          {
            where: where(service, 'command'),
          },
        ),
      /^(dev|development|debug|local|watch)$/i.test(target) &&
        note(service, `its image ends with stage ${target}`, 'name the stage for production in target: of its build', {
          where: where(service, 'build'),
        }),
      isForDevelopment &&
        note(service, `its image is built from ${dockerfile}`, 'name the Dockerfile for production in its build', {
          where: where(service, 'build'),
        }),
    ),
  }
}

function isLocal(line: string, { environment }: Stage): boolean {
  if (/127\.0\.0\.1|\blocalhost\b/.test(line)) return true
  const host = /--host|-h[ =]0|0\.0\.0\.0|\[::\]/.test(line) || environment['FLASK_RUN_HOST'] !== undefined
  return /\bflask\b.*\brun\b|\brunserver\b|\buvicorn\b/.test(line) && !host
}
