import { expect, test } from 'vitest'
import { adopt, bind, composed, IMAGE, ROOT, said, WEB } from '../../testing/adoption.ts'
import type { Service } from '../source-tree.ts'

// A check every 30 s made of a deploy one of minutes: the service answered at once, and nobody asked.

const QUICK = { start_period: '60s', start_interval: '500ms' }
const checkOf = (spec: Service, Dockerfile = IMAGE, project = {}) => {
  const adoption = adopt({ web: WEB, one: spec }, { sources: { 'one/Dockerfile': Dockerfile }, project })
  return { check: composed(adoption).services['one']?.['healthcheck'], says: said(adoption, 'one').join('\n') }
}
const BUILT: Service = { build: { context: `${ROOT}/one` } }
const CHECKED = IMAGE.replace('CMD', 'HEALTHCHECK --interval=30s CMD true\nCMD')

test.each([
  ['its interval', { test: ['CMD', 'true'], interval: '30s' }, QUICK],
  ['a start period of its own', { test: ['CMD', 'true'], start_period: '5m0s' }, { ...QUICK, start_period: '5m0s' }],
  ['only another interval than its image', { interval: '1m0s' }, QUICK],
])('a health check of the Compose file must come often until the service is healthy: %s', (_, healthcheck, more) => {
  const { check, says } = checkOf({ ...BUILT, healthcheck })
  expect(check).toEqual({ ...healthcheck, ...more })
  expect(says).toContain('ok: its health check runs every 500ms until it succeeds (start_interval)')
  expect(says).not.toContain('healthcheck.')
})

test.each([
  [CHECKED, QUICK],
  [CHECKED.replace('--interval', '--start-period=5m --interval'), { start_interval: '500ms' }],
  [CHECKED.replace('--interval', '--start-interval=1s --interval'), undefined],
  [CHECKED.replace('--interval=30s CMD true', 'NONE'), undefined],
])('so must that of its image, which keeps the test (%#)', (Dockerfile, check) => {
  expect(checkOf(BUILT, Dockerfile).check).toEqual(check)
})

test.each([{ disable: true }, { test: ['NONE'] }, { test: ['CMD', 'true'], start_interval: '2s' }])(
  'a check that is off, or says how often, must stay as it is: %j',
  (healthcheck) => expect(checkOf({ ...BUILT, healthcheck }).check).toEqual(healthcheck),
)

test.each([
  ['healthcheck of the Compose file', { test: ['CMD', 'true'] }, IMAGE],
  ['HEALTHCHECK in the image', undefined, CHECKED],
  ['off in the Compose file: the deploy and the proxy request the health path', { disable: true }, CHECKED],
  ['off in the Compose file: the deploy and the proxy request the health path', { test: ['NONE'] }, IMAGE],
])('what asks whether the application is well must be said: %s (%#)', (says, healthcheck, Dockerfile) => {
  const web = { ...WEB, ...(healthcheck ? { healthcheck } : {}) }
  expect(said(adopt({ web }, { sources: { Dockerfile } }), 'health check')).toEqual([`ok: ${says}`])
})

const ASKS = 'HEALTHCHECK CMD curl --fail http://localhost || exit 1\n'
const WITH_CURL = 'RUN apt-get update && apt-get install -y --no-install-recommends curl\n'
test.each([
  ['a slim image', `FROM node:24-slim\n${ASKS}`, undefined, true],
  ['Alpine', `FROM python:3.13-alpine AS one\nFROM one\n${ASKS}`, undefined, true],
  ['a check of the Compose file', 'FROM node:24-alpine\n', { test: ['CMD', 'curl', '-f', 'http://localhost'] }, true],
  ['wget of Alpine', 'FROM node:24-alpine\n', { test: ['CMD', 'wget', '-q', 'http://localhost'] }, false],
  ['one of two', 'FROM node:24-alpine\n', { test: ['CMD-SHELL', 'wget -q localhost || curl localhost'] }, false],
  ['an image that installs it', `FROM node:24-slim AS one\n${WITH_CURL}FROM one\n${ASKS}`, undefined, false],
  ['an image with a script that may install it', `FROM node:24-slim\nRUN sh install.sh\n${ASKS}`, undefined, false],
  ['a whole image', `FROM node:24\n${ASKS}`, undefined, false],
  ['one that is unknown', `FROM acme/node:slim\n${ASKS}`, undefined, false],
])('a check whose program the image lacks must be off, and said: %s', (_, Dockerfile, healthcheck, isOff) => {
  const { check, says } = checkOf({ ...BUILT, ...(healthcheck ? { healthcheck } : {}) }, Dockerfile)
  expect((check as { disable?: boolean } | undefined)?.disable).toBe(isOff ? true : undefined)
  expect(says.includes('note: its health check runs curl, which its image lacks')).toBe(isOff)
  expect(says).not.toContain('no rule of adopt looks at it')
})

test.each([
  ['node:22-alpine', 'wget', true],
  ['node:22', 'curl', true],
  ['node:22-alpine', 'curl', false],
])(
  'a check that only the stand-in of %s cannot run (%s) must be said to be off here alone',
  (image, program, isHere) => {
    const healthcheck = { test: ['CMD', program, 'http://127.0.0.1:3000'] }
    const lock = { node: { upstream: 'node:24-slim', source: 'stand-in', reference: 'r', id: 'i' } } as const
    const sources = { Dockerfile: `FROM ${image}\n` }
    const { findings } = adopt({ web: { ...WEB, healthcheck } }, { sources, tree: { lock } })
    const said = findings.find(({ found }) => found.includes('its health check runs'))
    expect(said?.found.includes('which only the stand-in for its image lacks')).toBe(isHere)
    expect(said?.mend?.includes('where a registry answers')).toBe(isHere)
  },
)

test.each([
  ['COPY src ./src', [], 'check.js'],
  ['COPY src ./src', [bind('.', '/app')], undefined],
  ['COPY . .', [], undefined],
])('so must one that runs a file of the repository which the image has not: %s, %j', (copy, volumes, lacked) => {
  const healthcheck = { test: ['CMD', 'node', 'check.js'] }
  const sources = { Dockerfile: IMAGE.replace('COPY . .', copy), 'src/a.js': '', 'check.js': '' }
  const found = said(
    adopt({ web: { ...WEB, healthcheck, volumes } }, { sources, tree: { binds: { [ROOT]: 'folder' } } }),
    'web',
  ).join()
  expect(/its health check runs (\S+), which its image lacks/.exec(found)?.[1]).toBe(lacked)
})

test.each([
  [3000, '80', 'default.conf', true],
  [80, '80', 'default.conf', false],
  [3000, '$PORT', 'default.conf', false],
  // The image's own configuration listens on 80.
  [80, '3000', 'more.conf', false],
  [3000, '', 'default.conf', false],
])('so must one that asks a server of files at port %s, which listens on "%s" in %s', (asked, heard, name, isOff) => {
  const healthcheck = { test: ['CMD', 'wget', '-q', `http://localhost:${asked}/health`] }
  const conf = heard ? `server {\n  # listen 3000;\n  listen [::]:${heard};\n}` : ''
  const sources = { Dockerfile: `FROM nginx:alpine\nCOPY a.conf /etc/nginx/conf.d/${name}`, 'a.conf': conf }
  const says = said(adopt({ web: { ...WEB, healthcheck } }, { sources }), 'web').join()
  expect(says.includes(`asks at port ${asked}, and its server listens on ${heard}`)).toBe(isOff)
})

const ASKED = IMAGE.replace('CMD', 'HEALTHCHECK CMD curl -f http://localhost:3000/health\nCMD')
test.each([
  ['a worker', { command: ['celery', '-A', 'shop.celery', 'worker'] }, true],
  ['one beside a shell', { entrypoint: ['sh', '-c', 'sleep 5; node worker.js'] }, true],
  ['the command of the image', { command: ['node', 'a.js'] }, false],
  ['no command', {}, false],
  ['options for the command of the image', { command: ['--quiet'] }, false],
  ['another server', { command: ['gunicorn', 'shop:app'] }, false],
  ['the port', { command: ['node', 'b.js', '3000'] }, false],
  ['a port of the host', { command: ['node', 'b.js'], ports: [{ target: 3000 }] }, false],
  ['a job', { command: ['node', 'migrate'], restart: 'no' }, false],
  ['a check of its own', { command: ['node', 'b.js'], healthcheck: { test: ['CMD', 'true'] } }, false],
])('so must one of the image that asks by HTTP where another command runs: %s', (_, more, isOff) => {
  const { check, says } = checkOf({ ...BUILT, ...more }, ASKED)
  expect((check as { disable?: boolean } | undefined)?.disable).toBe(isOff ? true : undefined)
  expect(says.includes('asks at port 3000, which its own command does not serve')).toBe(isOff)
})

test('a port that a check of the image has from a variable must be named', () => {
  const own = ASKED.replace('HEALTHCHECK', 'ENV PORT=4000\nHEALTHCHECK').replace(':3000', `:\${PORT}`)
  expect(checkOf({ ...BUILT, command: ['celery', 'worker'] }, own).says).toContain('asks at port 4000, which')
})

test('a check that never passes must leave that of the image in force', () => {
  const own = IMAGE.replace('CMD', 'HEALTHCHECK CMD node -e "1"\nCMD').replace('node:24', 'node:24-slim')
  const { check, says } = checkOf({ ...BUILT, healthcheck: { test: ['CMD', 'curl', 'http://localhost:3000/'] } }, own)
  expect(check).not.toHaveProperty('disable')
  expect(check).not.toHaveProperty('test')
  expect(says).toContain('it would never be healthy, and that of its image takes its place')
})

test('so must one of an image that another service builds', () => {
  const worker: Service = { image: 'shop:1', command: ['celery', 'worker'] }
  const adoption = adopt({ web: { ...WEB, image: 'shop:1' }, worker }, { sources: { Dockerfile: ASKED } })
  expect(composed(adoption).services['worker']?.['healthcheck']).toEqual({ disable: true })
})

test('what another service calls serves, whatever its command is', () => {
  const api: Service = { ...BUILT, command: ['node', 'api.js'] }
  const web = { ...WEB, environment: { API: 'http://one:3000' } }
  const adoption = adopt({ web, one: api }, { sources: { 'one/Dockerfile': ASKED } })
  expect(said(adoption, 'one').join()).not.toContain('does not serve')
})

test('a check that another service waits for has its program', () => {
  const other: Service = { image: 'x', depends_on: { one: { condition: 'service_healthy' } } } as never
  const sources = { 'one/Dockerfile': `FROM node:24-slim\n${ASKS}` }
  const { disable } = (composed(adopt({ web: WEB, one: BUILT, other }, { sources })).services['one']?.['healthcheck'] ??
    {}) as { disable?: boolean }
  expect(disable).toBeUndefined()
})

test('where its files are known, these say whether the image has it', () => {
  const has = (files: string[]) => {
    const facts = { isHere: true, volumes: [], environment: {}, ports: [], user: '', entrypoint: [], cmd: [], files }
    const over = { sources: { Dockerfile: `FROM acme/one\n${ASKS}` }, tree: { images: { 'acme/one': facts } } }
    return said(adopt({ web: WEB }, over), 'web').join()
  }
  expect(has(['/usr/bin/node'])).toContain('which its image lacks')
  expect(has(['/usr/bin/curl'])).not.toContain('which its image lacks')
})

const TCP = 'pg_isready --quiet --host 127.0.0.1'
test.each([
  [
    ['CMD-SHELL', 'pg_isready || exit 1'],
    ['CMD-SHELL', `(pg_isready || exit 1) && (${TCP})`],
  ],
  [
    ['CMD', 'pg_isready', '-d', 'a b'],
    ['CMD', 'sh', '-c', `"$$@" && (${TCP})`, 'sh', 'pg_isready', '-d', 'a b'],
  ],
])('one of a database by its socket must ask by TCP, too: while it is set up, it has that socket', (own, both) => {
  const given = checkOf({ image: 'postgres:17', healthcheck: { test: own, interval: '30s' } })
  expect(given.check).toEqual({ ...QUICK, interval: '30s', test: both })
  expect(given.says).toContain('and asks by TCP as well')
  expect(given.says).not.toContain('no rule of adopt looks at it')
  const raw = { one: { healthcheck: { test: ['CMD', 'pg_isready', '-d', '$SHOP'] } } }
  const filled = { ...raw.one.healthcheck, test: ['CMD', 'pg_isready', '-d', 'x'] }
  const written = checkOf({ image: 'postgres:17', healthcheck: filled }, IMAGE, { raw, given: { SHOP: 'x' } })
  expect(JSON.stringify(written.check)).toMatch(/APP_SHOP|\$SHOP/)
})

test.each([
  ['postgres:17', ['CMD', 'pg_isready', '-h', '127.0.0.1']],
  ['mariadb:11', ['CMD', 'healthcheck.sh', '--connect', '--innodb_initialized']],
  ['redis:8', ['CMD', 'redis-cli', 'ping']],
])('one of a server that asks by TCP, or has nothing else, must keep its words: %s', (image, own) => {
  expect(checkOf({ image, healthcheck: { test: own } }).check).toEqual({ ...QUICK, test: own })
})

test('Redis that listens at one address alone must be asked there', () => {
  const command = ['redis-server', '--bind', 'db', '--port', '7']
  expect(JSON.stringify(checkOf({ image: 'redis:8', command }).check)).toContain('redis-cli -h db -p 7 ping')
  expect(JSON.stringify(checkOf({ image: 'redis:8', command: ['redis-server', '--bind', '0.0.0.0'] }).check)).toContain(
    'redis-cli ping',
  )
})

test.each([
  [
    'in the repository',
    bind('conf', '/etc/redis'),
    { 'conf/redis.conf': 'bind *\n# port 1\nport 7963\n' },
    '1',
    ' -p 7963',
  ],
  [
    'in the repository, and says none',
    bind('conf', '/etc/redis'),
    { 'conf/redis.conf': 'appendonly no\n' },
    '7963',
    '',
  ],
  ['elsewhere', { type: 'bind', source: '/home/a/redis', target: '/etc/redis' }, {}, '7963', ' -p 7963'],
])('a server must be asked at the port of its configuration: it lies %s', (_, mount, sources, open, port) => {
  const ports = [{ target: Number(open), published: '7000' }]
  const db = { image: 'redis:8', command: ['redis-server', '/etc/redis/redis.conf'], volumes: [mount], ports }
  const tree = { binds: { [mount.source]: 'folder' as const } }
  const { healthcheck } = composed(adopt({ web: WEB, db }, { sources, tree })).services['db'] ?? {}
  expect(JSON.stringify(healthcheck)).toContain(`redis-cli${port} ping`)
})

test.each([
  ['https://shop.example.com/health', { disable: true }],
  ['http://localhost:80/health', undefined],
])('a check that asks another host must be off: %s', (url, check) => {
  const web: Service = { ...WEB, healthcheck: { test: ['CMD', 'wget', '-q', url] } }
  const adoption = adopt({ web }, { sources: { Dockerfile: `${IMAGE}RUN apt-get install -y wget\n` } })
  const own = composed(adoption).services['app']?.['healthcheck'] as { disable?: boolean } | undefined
  expect(own?.disable).toBe(check?.disable)
  expect(said(adoption, 'web').join().includes('asks shop.example.com, and not this container')).toBe(
    check !== undefined,
  )
})
