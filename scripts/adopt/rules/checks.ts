import type { AppRule } from '../app.ts'
import { listFindings, missing, note, ok, pathOf } from '../finding.ts'
import { isTls } from '../guess.ts'
import type { SourceTree } from '../source-tree.ts'

/** The health check and the tests that the image brings. */
export const checksRule: AppRule = ({ stage, facts, draft }) => {
  if (!stage || !facts) return undefined
  const composed = draft?.project.services[draft.web ?? '']?.['healthcheck']
  return {
    findings: [
      ok(
        'health check',
        stage.healthcheck
          ? 'HEALTHCHECK in the image'
          : composed
            ? 'healthcheck of the Compose file'
            : 'none: the deploy and the proxy request the health path',
      ),
      ...listFindings(facts.stages.some(({ name }) => name.toLowerCase() === 'test') && ok('tests', 'stage test')),
    ],
  }
}

/** The port that the application listens on. */
export const portRule: AppRule = ({ tree, port, stage, draft, recipe, command }) => {
  if (!port)
    return {
      findings: [
        missing(
          'port',
          'no file says which port it listens on',
          'the same command with APP_PORT=… before it; what speaks no HTTP, such as a bot, can only be a service beside an application',
        ),
      ],
    }
  const { value, where, others = [] } = port
  const spec = draft?.project.services[draft.web ?? '']
  const [name, told] = toldPort({ ...stage?.environment, ...spec?.environment })
  // Of several applications below one folder, nobody knows which one has it, unless the Compose file does.
  const isKnown = stage !== undefined || recipe !== undefined || spec?.ports !== undefined
  const claims = draft?.web === undefined ? [] : [pathOf('services', draft.web, 'ports', `${value}/tcp`)]
  const at = { where, confidence: 'guess', claims } as const
  const wrong: readonly [string, string] | undefined =
    value === 9000 && (/fpm/.test([stage?.image, ...command].join()) || speaksFastCgi(tree))
      ? [
          '9000 is where PHP-FPM speaks FastCGI, and no HTTP: the proxy gets no answer',
          'put a web server before it (nginx with fastcgi_pass, as a service of a compose.yaml), or build on an image that has one (php:…-apache), then run this again',
        ]
      : told !== undefined && told !== value
        ? [
            `${value}, but ${name} lets it listen on ${told}`,
            `the same command with APP_PORT=${told} before it, or correct the other`,
          ]
        : isTls(value)
          ? [
              `${value} is a port of HTTPS, and the release speaks HTTP to it`,
              'let it serve plain HTTP on a port that ports: names, and give its names to HOSTS: the gate has the certificates',
            ]
          : undefined
  const several = `${value}, or ${others.join(', ')}: which of them speaks HTTP?`
  const finding = !isKnown
    ? note('port', `${value}`, 'set APP_PORT, once there is a Dockerfile', at)
    : wrong
      ? missing('port', ...wrong, { where, claims })
      : others.length > 0
        ? note('port', several, `try it; for another one: the same command with APP_PORT=${others[0]} before it`, at)
        : ok('port', `${value}`, { where, confidence: 'likely', claims })
  const closed = (stage?.ports ?? []).filter((one) => one !== value && !others.includes(one) && !isTls(one))
  const closedFinding =
    spec?.ports === undefined &&
    closed.length > 0 &&
    note(
      'port',
      `${closed.join(', ')} of EXPOSE is not published`,
      'only HTTP passes the proxy: add ports: to the service app for another protocol that its users need',
    )
  return { settings: { APP_PORT: String(value) }, findings: [finding, ...listFindings(closedFinding)] }
}

// Some file for a web server sends it FastCGI.
const speaksFastCgi = ({ sources }: SourceTree) =>
  Object.values(sources).some((text) => /^\s*fastcgi_pass\s/m.test(text))

// Variables by which a framework's own server is told its port.
function toldPort(environment: Readonly<Record<string, string | null>>): [string, number | undefined] {
  const names = ['ASPNETCORE_URLS', 'ASPNETCORE_HTTP_PORTS', 'QUARKUS_HTTP_PORT']
  const found = names.find((name) => environment[name])
  const [, port] = /(?:^|http:\/\/[^;:]*:)(\d{2,5})\b/.exec(environment[found ?? ''] ?? '') ?? []
  return [found ?? '', port === undefined ? undefined : Number(port)]
}

/** The page that the proxy asks. */
export const healthRule: AppRule = ({ health, inside, stage, recipe }) => {
  const { value, where, harm, lacks } = health
  const confidence = stage || recipe ? health.confidence : 'guess'
  const at = { where: inside && /:\d+$/.test(where) ? `${inside}/${where}` : where || undefined, confidence }
  const mend =
    'set HEALTH_PATH to a page that needs no other service and answers 200: the proxy requests it several times a second'
  const counts = `${value}, which counts or keeps each request (${harm?.where}): the proxy's are among them`
  const found = lacks
    ? missing(
        'health path',
        lacks,
        `let GET ${value} answer 200 and do nothing else (nginx: location = ${value} { return 200; }, and no return beside it), or set HEALTH_PATH to another such page`,
        { confidence: 'likely' },
      )
    : harm?.kind === 'counts'
      ? note('health path', counts, mend, at)
      : confidence === 'guess'
        ? note('health path', where ? value : `${value}: the code names no better one`, mend, at)
        : ok('health path', value, at)
  return { settings: { HEALTH_PATH: value }, findings: [found] }
}
