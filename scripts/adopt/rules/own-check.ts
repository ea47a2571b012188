import { posix } from 'node:path'
import { expand } from '../../image/expand.ts'
import { standInFor } from '../../image/stand-in.ts'
import { commandVariables, type DatabaseServer } from '../../release/snapshot-presets.ts'
import { dockerfileOf, withBuilder } from '../build.ts'
import { CHECKED } from '../checked.ts'
import { configFilesOf, heardBy } from '../config-files.ts'
import { about, environmentOf, type Old, type Part, quote, toWords } from '../draft.ts'
import { pathOf } from '../finding.ts'
import { isWebServer } from '../guess.ts'
import { contextOf, placedIn } from '../in-image.ts'
import { isNamedBy, readJob } from '../server.ts'
import { dependenciesOf, insideOf, isWithin, namesOf } from '../source-tree.ts'
import { imageOf } from './image-files.ts'

// How a health check sees early that a service is well: a deploy waits for that, and so does the test of a snapshot.

type Check = Readonly<Record<string, unknown>>
// Until it first succeeds, a check runs often; failures in that period do not count, so that what was healthy stays so.
const QUICK = { start_period: '60s', start_interval: '500ms' }
const OFTEN = { ...QUICK, interval: '5s', timeout: '5s', retries: 5, start_period: '120s' }

/** The health check of a service: `given`, that of the Compose file, or that of its image, but often until it succeeds; else one for a known server. */
export function checkPart(one: Old, given: unknown): Part | undefined {
  const old = { ...one, spec: withBuilder(one.project, one.spec) }
  const { kind = 'other' } = (old.isWeb ? undefined : old.server) ?? {}
  const wrong = neverHealthy(old, given)
  if (wrong) {
    const isOther = given !== undefined && old.stage?.healthcheck && !neverHealthy(old, undefined)
    const found = `its health check ${wrong}: it would never be healthy, and ${isOther ? 'that of its image takes its place' : 'is off'}`
    const mend = wrong.includes(STAND_IN)
      ? 'nothing to do here; where a registry answers, run this again, and the check stays'
      : 'let the check run what its image has, at 127.0.0.1 and a port where it listens, and run this again'
    const claims = Object.keys(given ?? {}).map((key) => pathOf('services', old.service, 'healthcheck', key))
    return {
      lines: isOther ? (checkPart(one, undefined)?.lines ?? {}) : { healthcheck: { disable: true } },
      findings: [about(old, given ? 'healthcheck' : 'build').note(found, mend, { confidence: 'likely', claims })],
    }
  }
  const tcp = kind === 'other' ? '' : CHECKS[kind](portOf(old).port, boundTo(old))
  if (!given && !old.stage?.healthcheck)
    return tcp ? { lines: { healthcheck: { test: ['CMD-SHELL', tcp], ...OFTEN } } } : undefined
  const check = (given ?? imageCheck(old)) as Check | undefined
  const { test, start_interval: often } = check ?? {}
  const [how, ...words] = typeof test === 'string' ? ['CMD-SHELL', test] : toWords(test)
  const own = words.join(' ')
  const bySocket = BY_SOCKET.includes(kind) && !TCP.test(own)
  // Nobody has read what the image of a database asks.
  if (!check || often || isOff(check) || (bySocket && !own)) return undefined
  // As arguments of a shell, words need no quotes, whatever value a variable has.
  const [asArguments, asText] = [`"$$@" && (${tcp})`, `(${own}) && (${tcp})`]
  const inShell = how === 'CMD' ? ['CMD', 'sh', '-c', asArguments, 'sh', ...words] : ['CMD-SHELL', asText]
  const both = bySocket ? { test: inShell } : {}
  const found = `its health check runs every ${QUICK.start_interval} until it succeeds (start_interval)`
  const more = ', and asks by TCP as well: while its image sets the database up, it answers by its socket alone'
  const claims = bySocket ? [pathOf('services', old.service, 'healthcheck', 'test')] : []
  const say = about(old, given ? 'healthcheck' : 'build').ok(bySocket ? found + more : found, { claims })
  return { lines: { healthcheck: { ...QUICK, ...check, ...both } }, findings: [say] }
}
// Why a check never passes: its image lacks the program, or the file of the repository, that it runs, it asks another host, or at a port
// where a server of files does not listen. Compose lets such a service serve all the same, unless another one waits for its health.
function neverHealthy(old: Old, given: unknown): string | undefined {
  const { tree, project, service, spec, stage } = old
  const isAwaited = Object.values(project.services).some(
    (other) => dependenciesOf(other)[service]?.condition === 'service_healthy',
  )
  if (isOff(given) || isAwaited) return undefined
  const text = (spec.build && dockerfileOf(tree, spec.build)) ?? ''
  const own = stage?.healthcheck ? (/^\s*HEALTHCHECK\b(?:.*\\\n)*.*/im.exec(text)?.[0] ?? '') : ''
  const said = given ? JSON.stringify(given) : own
  const [, script = ''] = /\b(?:node|python3?|sh|bash)["',\s]+([\w./-]+\.(?:[cm]?js|py|sh))\b/.exec(said) ?? []
  const place = posix.resolve(stage?.workdir ?? '/', script)
  const isKept = script !== '' && tree.tracked.includes(insideOf(tree, posix.join(contextOf(old), script)))
  // What a mount brings goes into the image, too.
  const isMounted = spec.volumes?.some(({ type, target }) => type === 'bind' && isWithin(place, target))
  if (isKept && !isMounted && !placedIn(old, '/').some(([, one]) => one === place)) return lacks(script)
  const [, host = ''] = /\bhttps?:\/\/([\w-]+(?:\.[\w-]+)*\.[a-z]{2,})(?![\w.-])/i.exec(said) ?? []
  if (host && !namesOf(project, service).includes(host)) return `asks ${host}, and not this container`
  const programs = [...said.matchAll(/(?<![\w./-])(?:curl|wget)\b/g)].map(([name]) => name)
  if (programs[0] && programs.every((name) => isLacked(old, name)))
    return hasReal(old, programs[0]) ? `runs ${programs[0]}, which ${STAND_IN}` : lacks(programs[0])
  const [all, asked] = CHECKED.exec(expand(said, Object.fromEntries(environmentOf(old)))) ?? []
  if (all && !given && !mayServe(old, asked ?? '80'))
    return `is that of its image and asks at port ${asked ?? '80'}, which its own command does not serve`
  const heard = asked && isWebServer((spec.build ? stage?.image : spec.image) ?? '') ? heardBy(old) : []
  const isHeard = heard.length === 0 || heard.includes(Number(asked))
  return isHeard ? undefined : `asks at port ${asked}, and its server listens on ${heard.join(', ')}`
}
// Whether a service serves what its image does: it runs the same command, another server of HTTP, or has a port. What is a job ends anyway.
function mayServe(old: Old, port: string): boolean {
  const { project, service, spec, stage, isWeb } = old
  const own = [...toWords(spec['entrypoint']), ...toWords(spec['command'])]
  const line = own.join(' ')
  const isSame = /^(-|$)/.test(line) || line === stage?.command?.words.join(' ')
  const hosts = namesOf(project, service).map((name) => `${name}:${port}`)
  const isReached =
    spec.ports?.length || spec.expose?.length || Object.values(project.services).some((one) => isNamedBy(one, hosts))
  const isBehind = [...old.behind.values(), ...old.called.values()].some((all) => all.has(service))
  const isAsked = isWeb || isReached || isBehind || readJob(old, service).isJob
  return isSame || Boolean(isAsked) || HTTP.test(line) || new RegExp(`\\b${port}\\b`).test(line)
}
const HTTP =
  /(^|[\s/"'])(g?unicorn|uvicorn|hypercorn|daphne|waitress\S*|puma|nginx|httpd?|apache2?\S*|php-fpm\S*|caddy|rails|flask|fastapi|runserver|serve|server|start)(\.\w+)?(?=[\s"']|$)/
const lacks = (what: string) => `runs ${what}, which its image lacks`
const STAND_IN = 'only the stand-in for its image lacks'

function isLacked(old: Old, name: string): boolean {
  const { tree, spec, stage } = old
  const image = (spec.build ? stage?.image : spec.image) ?? ''
  const base = standInFor(image, tree.lock)?.upstream ?? image
  const brings = new RegExp(`\\b(install|add)\\b[^;&|]*\\s${name}\\b|/${name}\\b|\\.sh\\b`)
  const lines = [...(stage?.runs ?? []), ...(stage?.copies ?? []).flatMap(({ sources }) => sources)]
  if (lines.some((line) => brings.test(line))) return false
  const files = imageOf(old)?.files
  if (files) return !files.some((file) => file.endsWith(`/bin/${name}`))
  return isSmall(base, name)
}
// Whether the image has it in whose place a stand-in runs.
function hasReal({ tree, spec, stage }: Old, name: string): boolean {
  const image = (spec.build ? stage?.image : spec.image) ?? ''
  return standInFor(image, tree.lock) !== undefined && LARGE.test(image) && !isSmall(image, name)
}
const isSmall = (image: string, name: string) => SMALL.test(image) && (name === 'curl' || !image.includes('alpine'))
// Official images that have neither; those of Alpine have a wget.
const SMALL =
  /^(docker\.io\/)?(library\/)?((node|python|golang|ruby|rust)(?=:\S*(slim|alpine))|(debian|ubuntu|alpine)(?=:|$))/

// Their tags without one of these words are whole systems, with both.
const LARGE = /^(docker\.io\/)?(library\/)?(node|python|golang|ruby|rust)(:|$)/

/** Whether a health check of a Compose file only switches that of the image off. */
export const isOff = (check: unknown): boolean =>
  /"disable":true|"test":(\["NONE"|"NONE")/.test(JSON.stringify(check ?? ''))
const BY_SOCKET = ['postgresql', 'mysql', 'mariadb']
const TCP = /127\.0\.0\.1|tcp|--connect/i

// Compose leaves the test, and all else that is not said here, to the image.
function imageCheck({ tree, spec, stage }: Old): Check | undefined {
  const text = (spec.build && dockerfileOf(tree, spec.build)) ?? ''
  if (!stage?.healthcheck || text.includes('--start-interval')) return undefined
  return text.includes('--start-period') ? { start_period: undefined } : {}
}

// The application starts once the server answers, over TCP: while the official images set a server up, it has only a socket.
const CHECKS: Readonly<Record<DatabaseServer, (port: string, host: string) => string>> = {
  redis: (port, host) => `redis-cli${host}${port && ` -p ${port}`} ping | grep -q -e PONG -e NOAUTH`,
  valkey: (port, host) => `valkey-cli${host}${port && ` -p ${port}`} ping | grep -q -e PONG -e NOAUTH`,
  postgresql: (port) => `pg_isready --quiet --host 127.0.0.1${long(port)}`,
  mariadb: (port) =>
    `mariadb-admin --host 127.0.0.1${long(port)} --silent ping || mysqladmin --host 127.0.0.1${long(port)} --silent ping`,
  mysql: (port) => `mysqladmin --host 127.0.0.1${long(port)} --silent ping`,
  mongodb: (port) =>
    `mongosh${long(port)} --quiet --eval 'db.adminCommand("ping")' || mongo${long(port)} --quiet --eval 'db.adminCommand("ping")'`,
}
const long = (port: string) => port && ` --port ${port}`
// Redis that takes connections at one address alone, such as its own name's, takes none at 127.0.0.1.
function boundTo({ spec }: Pick<Old, 'spec'>): string {
  const words = [...toWords(spec['entrypoint']), ...toWords(spec['command'])]
  const host = words[words.indexOf('--bind') + 1] ?? ''
  return words.includes('--bind') && !/^(127\.|0\.|\*|::|-|localhost)/.test(host) ? ` -h ${quote(host)}` : ''
}

/** The port that the command of a server names, or a file of that, and that command where only the Dockerfile has it: hooks read the Compose file. */
export function portOf(old: Old): { port: string; command: object } {
  const { spec, stage } = old
  const given = [...toWords(spec['entrypoint']), ...toWords(spec['command'])]
  const own = stage?.command?.words ?? []
  const words = given.length > 0 ? given : /entrypoint/.test(own[0] ?? '') ? own.slice(1) : own
  const { DARTAGNAN_PORT: said, DARTAGNAN_CONF: files = '' } = commandVariables(words)
  const port = said ?? (files && configuredPort(old, files.split(' ')))
  return { port, command: port && given.length === 0 ? { command: words } : {} }
}
// Of a file that is not in the repository, what is published tells.
function configuredPort({ tree, project, spec }: Old, paths: readonly string[]): string {
  const texts = configFilesOf(tree, project, spec).flatMap(({ path, text }) => (paths.includes(path) ? text : []))
  const ports = texts.flatMap((text) =>
    [...text.matchAll(/^\s*port\s*[:= ]\s*(\d+)/gm)].flatMap(([, port = '']) => port),
  )
  const [open = '', ...more] = new Set((spec.ports ?? []).map(({ target }) => String(target)))
  return texts.length > 0 ? (ports.at(-1) ?? '') : more.length > 0 ? '' : open
}
