import { ANY, askedPath, CONNECT } from '../../config/health-path.ts'
import { DEFAULT_PORT } from '../../config/settings.ts'
import type { App, AppRule } from '../app.ts'
import { listFindings, missing, note, ok, pathOf, some, verdictsOn } from '../finding.ts'
import { isTls } from '../listening.ts'
import { GATE } from '../losses.ts'
import type { Service } from '../source-tree.ts'
import { isOff } from './own-check.ts'
import { hostPorts } from './ports.ts'

/** The health check and the tests that the image brings. */
export const checksRule: AppRule = ({ stage, facts, spec }) => {
  if (!stage || !facts) return undefined
  const given = spec['healthcheck']
  const own = stage.healthcheck ? 'HEALTHCHECK in the image' : given ? 'healthcheck of the Compose file' : 'none'
  const asked = ': the deploy and the proxy request the health path'
  const found = isOff(given) ? `off in the Compose file${asked}` : own === 'none' ? own + asked : own
  return {
    findings: listFindings(
      ok('health check', found),
      facts.stages.some(({ name }) => name.toLowerCase() === 'test') && ok('tests', 'stage test'),
    ),
  }
}

/** The port that the application listens on. */
export const portRule: AppRule = (app) => {
  const { port, stage, draft, recipe, spec } = app
  if (!port) {
    const mend =
      'the same command with APP_PORT=… before it; what speaks no HTTP, such as a bot, can only be a service beside an application'
    return { findings: [missing('port', 'no file says which port it listens on', mend)] }
  }
  const { value, where } = port
  const { others = [] } = port
  // Behind a web server that goes, its own port is one that others may use beside that.
  const claims = draft.web === undefined || draft.front ? [] : [pathOf('services', draft.web, 'ports', `${value}/tcp`)]
  const say = verdictsOn('port', { where, claims })
  const guess = { confidence: 'guess' } as const
  // Of several applications below one folder, nobody knows which one has it, unless the Compose file does.
  const isKnown = stage !== undefined || recipe !== undefined || spec.ports !== undefined
  const wrong = wrongPort(app, value)
  const several = `${value}, or ${others.join(', ')}: which of them speaks HTTP?`
  const another = `try it; for another one: the same command with APP_PORT=${others[0]} before it`
  const finding = !isKnown
    ? say.note(`${value}`, 'set APP_PORT, once there is a Dockerfile', guess)
    : wrong
      ? say.missing(...wrong)
      : app.tls
        ? say.note(`${value} speaks HTTPS, and so does the proxy to it (x-tls); visitors come over HTTP`, SECURE)
        : others.length > 0
          ? say.note(several, another, guess)
          : say.ok(`${value}`, { confidence: 'likely' })
  const open = spec.ports ? [] : (stage?.ports ?? [])
  const closed = open.filter((one) => one !== value && !others.includes(one) && !isTls(one))
  const mend = 'only HTTP passes the proxy: add ports: to the service app for another protocol that its users need'
  const unreached = closed.length > 0 && note('port', `${closed.join(', ')} of EXPOSE is not published`, mend)
  const { own = DEFAULT_PORT } = hostPorts(draft)
  const led = `port ${own} of this host led to it: the proxy has the one that PORT says`
  const same = isTls(own) ? GATE : `for the same one: PORT=${own} in its settings; or ${GATE}`
  // Several ports of the host may lead to one of the container, which the proxy alone has now.
  const all = (spec.ports ?? []).flatMap((one) => (one.target === value ? Number(one.published) || [] : []))
  const also = draft.front ? [] : all.filter((one) => one !== own)
  const besides = `${some(also.map(String))} of this host led to it as well: the proxy has one port`
  const second = note(
    'port',
    besides,
    'PORT=… in its settings says which; where clients come to another, give that one',
  )
  const findings = listFindings(finding, unreached, own < 1024 && note('port', led, same), also.length > 0 && second)
  return { settings: { APP_PORT: String(value) }, lines: app.tls ? { 'x-tls': true } : {}, findings }
}
const SECURE = `for HTTPS up to the visitor, without which no secure cookie comes back: ${GATE}; if it speaks plain HTTP there, take x-tls out`

// What is wrong with a port, and what to do about it.
function wrongPort({ tree, stage, spec, command }: App, value: number): [string, string] | undefined {
  const speaksFastCgi = Object.values(tree.sources).some((text) => /^\s*fastcgi_pass\s/m.test(text))
  if (value === 9000 && (speaksFastCgi || /fpm/.test([stage?.image, ...command].join())))
    return [
      '9000 is where PHP-FPM speaks FastCGI, and no HTTP: the proxy gets no answer',
      'put a web server before it (nginx with fastcgi_pass, as a service of a compose.yaml), or build on an image that has one (php:…-apache), then run this again',
    ]
  // With a program of its own it can be any server.
  if (LAMBDA.test(stage?.image ?? '') && command.length === 1)
    return [
      `${stage?.image} answers the calls of AWS Lambda, and no HTTP requests`,
      'let it begin with the image of its language, and start a server of HTTP, then run this again',
    ]
  const environment: Service['environment'] = { ...stage?.environment, ...spec.environment }
  const name = TELLING.find((one) => environment[one]) ?? ''
  const [, told] = /(?:^|http:\/\/[^;:]*:)(\d{2,5})\b/.exec(environment[name] ?? '') ?? []
  if (told !== undefined && Number(told) !== value)
    return [
      `${value}, but ${name} lets it listen on ${Number(told)}`,
      `the same command with APP_PORT=${Number(told)} before it, or correct the other`,
    ]
  return undefined
}
const LAMBDA = /^(public\.ecr\.aws\/lambda|amazon\/aws-lambda-\w+)(\/|:|$)/
// Variables by which a framework's own server is told its port.
const TELLING = ['ASPNETCORE_URLS', 'ASPNETCORE_HTTP_PORTS', 'QUARKUS_HTTP_PORT']

/** The page that the proxy asks. */
export const healthRule: AppRule = ({ health, stage, recipe }) => {
  const { value, where, lacks, session, written, limited } = health
  const confidence = stage || recipe ? health.confidence : 'guess'
  const at = { where: where || undefined, confidence }
  const mend =
    'set HEALTH_PATH to a page that needs no other service and answers 200: the proxy requests it several times a second'
  const add = `let GET ${value} answer 200 and do nothing else (nginx: location = ${value} { return 200; }, and no return beside it), or set HEALTH_PATH to another such page`
  const any = `any answer below 500 to GET ${askedPath(value)} counts`
  const found =
    value === CONNECT
      ? ok('health path', `tcp: the proxy only connects; in a deploy, ${any}`, at)
      : lacks && value === ANY
        ? note('health path', `${lacks}: ${any}`, mend, at)
        : lacks
          ? missing('health path', lacks, add, { confidence: 'likely' })
          : confidence === 'guess'
            ? note('health path', where ? value : `${value}: the code names no better one`, mend, at)
            : ok('health path', value, at)
  const keeps = 'who asks without a session gets one that is kept, and so would each check'
  const writes = 'each request writes here, and so would each check'
  const spare =
    'nothing to do; to have a page asked, let that pass before this line, and HEALTH_PATH name it in its settings'
  const one = 'a client may ask only so often, and the proxy is the one client that it sees'
  const tell = "let it tell clients by X-Forwarded-For (Express: app.set('trust proxy', 1), Flask: ProxyFix)"
  const likely = (line: string | undefined, said: string, then: string) =>
    line !== undefined && note('health path', said, then, { where: line, confidence: 'likely' })
  return {
    settings: { HEALTH_PATH: value },
    findings: listFindings(
      found,
      likely(limited?.where, one, tell),
      likely(session, keeps, spare),
      likely(written, writes, spare),
    ),
  }
}
