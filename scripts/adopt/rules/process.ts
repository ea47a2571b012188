import { posix } from 'node:path'
import type { Stage } from '../../image/dockerfile.ts'
import { expand } from '../../image/expand.ts'
import type { App, AppRule } from '../app.ts'
import { filesIn } from '../app-code.ts'
import { configFilesOf } from '../config-files.ts'
import { about, commandOf, type Old, quote, type ServiceRule } from '../draft.ts'
import { type Finding, listFindings, ok, verdictsOn } from '../finding.ts'
import { codeLines, findAll, keepFlask } from '../guess.ts'
import { placedIn } from '../in-image.ts'
import { withScripts } from '../node-packages.ts'
import { append } from '../remedy.ts'
import { isWithin, namesOf, TESTS } from '../source-tree.ts'
import { limitsOf } from './keys.ts'

/** Whom the application runs as, and what. */
export const processRule: AppRule = (app) =>
  app.stage && { findings: listFindings(userFinding(app), memoryFinding(app), ...commandFindings(app, app.stage)) }

// Docker sets no limit, and Node takes half of what it finds for its heap.
const memoryFinding = ({ spec }: App): Finding | undefined =>
  spec['mem_limit'] || limitsOf(spec)['mem_limit']
    ? undefined
    : ok(
        'memory',
        'a container gets 1 GB at most, or what its heap needs, unless APP_MEMORY says more; Docker sets no limit by itself',
      )

function userFinding({ stage, image, spec }: App): Finding {
  const user = spec.user ?? (stage?.user || image?.user || '')
  const isRoot = ['', 'root', '0'].includes(user.split(':')[0] ?? '')
  return ok('user', isRoot ? 'root, or the user of its base image: it runs with few capabilities' : user)
}

function commandFindings(app: App, stage: Stage): Finding[] {
  const { tree, dir, spec, draft } = app
  const line = expand(app.command.join(' '), stage.environment)
  const run = withScripts(line, manifestOf({ ...app, project: draft.project }) ?? app.sources['package.json'])
  const { note, missing } = verdictsOn('command', {
    where: app.draft.where(app.draft.web ?? '', 'command') || undefined,
  })
  const words = 'write CMD ["…"]: stop signals then reach the program, and it can finish its requests'
  const serve = 'use a server for production (gunicorn, php-fpm, node, what a build made), which listens on 0.0.0.0'
  const open = 'let it listen on 0.0.0.0: the proxy reaches it from outside its container'
  const isBrought = (file: string) =>
    draft.web === undefined ||
    placedIn({ tree, spec }, '/').some(([one]) => one === file) ||
    spec.volumes?.some(({ type, source = '' }) => type === 'bind' && isWithin(posix.join(tree.root, file), source))
  // Without an init, a server is process 1 itself.
  const kept = spec['init'] === undefined ? filesIn(tree.tracked, dir) : []
  const pid = kept.find((file) => file.endsWith('.pid') && isBrought(posix.join(dir, file)))
  const out = pid && `git rm --cached ${quote(posix.join(dir, pid))} && ${append('*.pid', '.gitignore')}`
  // Its own name leads to one of its addresses, and the proxy may come to another one.
  const names = draft.web === undefined ? [] : namesOf(draft.project, draft.web)
  const [own] = findAll(app.sources, [/\.run\([^)]*\bhost\s*=\s*["'](\w[\w-]*)["']/]).filter(({ value }) =>
    names.includes(value),
  )
  return listFindings(
    pid !== undefined &&
      note(
        `git keeps ${pid}: a release has init: true, so that process 1 always runs`,
        `${out}: a server that finds the number of one that runs there does not start`,
      ),
    stage.command?.shell && spec['command'] === undefined && note('it runs under a shell', words),
    isDevelopment(run) && note(`${run}: a server for development`, serve),
    isLocal(line, stage, app) && missing(`${line}: it listens only on 127.0.0.1`, open),
    own && missing(`${line}: it listens only at ${own.value} (${own.where})`, open),
  )
}

const DEVELOPMENT = [
  /\breact-scripts start\b|\bvue-cli-service serve\b|\bwebpack(-dev-server| serve)\b|(^|& )vite$|\bvite --|\bbin\/dev\b/,
  /\b(npm|pnpm|yarn|bun|nest|next|nuxt|vite|turbo)\b[^&|;]*?[ :](dev\w*|debug|watch)\b|\bng serve\b/,
  /(^|[;&|] *)[\w-]+ (dev|develop)(?= |$)|\btsx watch\b|\bts-node-dev\b|\bnode-dev\b/,
  /--debug\b|--reload\b|(?<!\bpython3?\s[^&|;]*)--watch\b|\brunserver\b|\bnodemon\b|\bflask\b.*\brun\b/,
  /\bartisan serve\b|\bphp -S\b|\bsymfony serve(r:start)?\b/,
  /\bspring-boot:run\b|\bquarkus:dev\b|\bdotnet (watch|run)\b|\bgo run\b/,
]
const isDevelopment = (line: string) => DEVELOPMENT.some((one) => one.test(line))

// The list of packages where a service starts: one further up may have a script of the same name for all programs at once.
function manifestOf({ tree, project, spec, stage }: Pick<Old, 'tree' | 'project' | 'spec' | 'stage'>) {
  const place = posix.join(spec.working_dir ?? stage?.workdir ?? '/', 'package.json')
  return configFilesOf(tree, project, spec).find(({ path }) => path === place)?.text
}

/** A service beside the application that runs a server for development, and an image for it. */
export const developmentRule: ServiceRule = (old) => {
  const { spec, isWeb } = old
  const given = commandOf(old).join(' ').replace(/\s+/g, ' ')
  const line = withScripts(given, manifestOf(old))
  const { target = '', dockerfile = '' } = spec.build ?? {}
  const [ofCommand, ofBuild] = [about(old, 'command').note, about(old, 'build').note]
  const short = (text: string) => (text.length > 100 ? `…${text.slice(-100)}` : text)
  const without = 'take it out of the proposed file: the services of a release keep running'
  return {
    findings: listFindings(
      !isWeb &&
        isDevelopment(line) &&
        ofCommand(`${short(line)}: a server for development`, 'let command: run what production needs'),
      !isWeb && TESTS.test(given) && ofCommand(`${short(given)}: it runs tests`, without),
      /^(dev|development|debug|local|watch)$/i.test(target) &&
        ofBuild(`its image ends with stage ${target}`, 'name the stage for production in target: of its build'),
      FOR_DEVELOPMENT.test(posix.basename(dockerfile)) &&
        ofBuild(`its image is built from ${dockerfile}`, 'name the Dockerfile for production in its build'),
    ),
  }
}
const FOR_DEVELOPMENT = /[._-](dev|development|debug|local)$|^(dev|development|debug)[._-]/i

// With what its calls have in brackets.
const RUNS = /^\s*(?:\w.*:\s*)?app\.run\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)/gm
function isLocal(line: string, { environment }: Stage, { sources }: App): boolean {
  const [, file = ''] = /^python[\d.]*(?: -u)? (?:\.\/)?(\S+\.py)$/.exec(line) ?? []
  const runs =
    codeLines(keepFlask(sources)[file] ?? '')
      .join('\n')
      .match(RUNS) ?? []
  if (runs.length > 0 && runs.every((call) => !/\bhost\b|^[^(]*\(\s*["']/.test(call))) return true
  if (/127\.0\.0\.1|\blocalhost\b/.test(line)) return true
  const host = /--host|-h[ =]0|0\.0\.0\.0|\[::\]/.test(line) || environment['FLASK_RUN_HOST'] !== undefined
  return /\bflask\b.*\brun\b|\brunserver\b|\buvicorn\b(?!\.)/.test(line) && !host
}
