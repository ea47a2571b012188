import { globSync, readFileSync } from 'node:fs'
import { parse as parseEnv } from 'dotenv'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import vitest from '../../vitest.config.ts'

type Service = Record<string, unknown> & { networks?: string[]; tmpfs?: string[] }
type Compose = { services: Record<string, Service>; networks: Record<string, { internal?: unknown } | null> }
const text = (file: string) => readFileSync(file, 'utf8')
const read = (file: string) => parse(text(file), { merge: true }) as Compose
const [sample, postgres] = [read('compose/app.yaml'), read('compose/postgres.yaml')]
const { gate = {}, certificates = {} } = read('compose/gate/gate.yaml').services
const { proxy = {}, app = {} } = sample.services
const { db = {} } = postgres.services
const dockerfiles = [...globSync('compose/images/**/*Dockerfile'), 'sample-app/Dockerfile']
const sources = globSync('scripts/**/*.{ts,sh}').filter((file) => !/\.test\.ts$|\/scenarios\/|\/testing\//.test(file))
const seconds = (value: unknown) => Number(/^(\d+)s$/.exec(String(value))?.[1])

test.each(Object.entries({ proxy, app, db, gate, certificates }))(
  'the service %s must share nothing with the host [security 8]',
  (_, service) => {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] })
    expect(service['memswap_limit']).toBe(service['mem_limit'])
    for (const key of ['privileged', 'network_mode', 'pid', 'ipc', 'uts', 'userns_mode', 'devices', 'cap_add'])
      expect(service).not.toHaveProperty(key)
  },
)

test('the proxy must end softly by its stop signal, and the first processes must pass signals on [security 14]', () => {
  expect(proxy).toMatchObject({ stop_signal: 'SIGUSR1', command: expect.any(Array) })
  expect(app).toMatchObject({ init: true })
  expect(text('sample-app/Dockerfile')).toMatch(/^CMD \["gunicorn"/m)
})

test('drain, graceful stop and the grace of the engine must be a chain [security 15]', () => {
  const [, graceful] = /^graceful_timeout = (\d+)$/m.exec(text('sample-app/src/journal/gunicorn_conf.py')) ?? []
  expect(seconds(app['x-graceful-timeout'])).toBe(Number(graceful))
  expect(Number(parseEnv(text('.env.example'))['DRAIN_TIMEOUT'])).toBeLessThanOrEqual(Number(graceful))
  expect(seconds(app['stop_grace_period'])).toBeGreaterThan(Number(graceful))
})

test('proxy and database must have no network in common, and no way out [security 17]', () => {
  expect(proxy.networks).toEqual(['edge', 'front'])
  expect(db.networks).toEqual(['data'])
  expect(postgres.services['app']?.networks).toEqual(['data'])
  for (const network of [sample.networks['edge'], postgres.networks['data']]) expect(network?.internal).toBe(true)
})

test("HAProxy's runtime socket must be a private file, and nothing but the port be on a network [security 20]", () => {
  const config = text('compose/proxy/haproxy.cfg')
  expect(config.match(/^ *stats .*$/gm)).toEqual(['  stats socket /run/haproxy/admin.sock mode 600 level admin'])
  expect(config.match(/^ *bind (?!unix@).*$/gm)).toEqual(['  bind :8080'])
  const door = text('compose/proxy/door.cfg')
  expect(door.match(/^ *bind .*$/gm)).toEqual(['  bind :8080'])
  expect(door.match(/level admin/g)).toHaveLength(1)
  expect(door).toContain('/door.sock mode 600 level user expose-fd listeners\n')
  expect(proxy.tmpfs).toEqual([expect.stringMatching(/^\/run\/haproxy:uid=99,gid=99,mode=0700,/)])
})

test('the gate must meet nobody but proxies, its companion none of them, and neither the engine [security 17]', () => {
  const { networks } = read('compose/gate/gate.yaml')
  expect(gate.networks).toEqual(['proxies', 'companion', 'front'])
  expect(Object.keys(certificates.networks ?? {})).toEqual(['companion', 'front'])
  for (const name of ['proxies', 'companion']) expect(networks[name]?.internal).toBe(true)
  expect(text('compose/gate/gate.yaml')).not.toContain('docker.sock')
  const config = text('compose/gate/haproxy.cfg')
  expect(config.match(/^ *stats .*$/gm)).toEqual([
    '  stats socket /run/haproxy/admin.sock mode 600 level admin',
    '  stats socket /usr/local/etc/haproxy/runtime.sock mode 600 level admin',
  ])
  expect(String(gate['ports'])).toMatch(/,127\.0\.0\.1:\$\{GATE_METRICS_PORT:\?\}:8404$/)
})

test.each(dockerfiles.filter((file) => text(file).includes('npm ci')))(
  "%s must read the caller's npmrc as a secret of the build [security 23]",
  (file) => {
    expect(text(file)).toMatch(/^RUN --mount=type=secret,id=npmrc,/m)
    expect(text(file)).not.toMatch(/^(COPY|ADD|ARG|ENV) .*(npmrc|_auth)/im)
  },
)

test('the context of the build must be a list of what goes in, and .env nowhere in it [security 25]', () => {
  const [first, ...rules] = text('sample-app/.dockerignore').trim().split('\n')
  expect(first).toBe('**')
  const taken = rules.filter((rule) => rule.startsWith('!'))
  expect(taken.filter((rule) => /\.env|\.git|backup|secret|node_modules|!\*|!\.$/.test(rule))).toEqual([])
  expect(rules.indexOf('**/.env*')).toBeGreaterThan(rules.lastIndexOf(taken.at(-1) ?? ''))
})

// A hook for Redis, which adopt proposes: its own texts, around the name of a service, which Compose checks.
test('no value may be put into the text of a shell command [security 34]', () => {
  const builds = /'-[a-z]*c',\s*`[^`]*\$\{/
  expect(sources.filter((file) => builds.test(text(file)))).toEqual([])
  expect(sources.filter((file) => /\beval\b(?! *')|`bash -c|`sh -c/.test(text(file)))).toEqual([])
})

test('packages must come from the lock, and run no script of theirs while they are installed [security 41]', () => {
  const lines = [...globSync('scripts/**/*.sh'), ...dockerfiles].flatMap((file) => text(file).split('\n'))
  const installs = lines.filter((line) => /\bnpm (ci|install|i)\b/.test(line) && !/^ *(#|\/\/)|say "/.test(line))
  expect(installs.length).toBeGreaterThan(2)
  for (const line of installs) expect(line).toMatch(/npm ci .*--ignore-scripts/)
})

test("testcontainers' reaper, which holds the engine's socket, must be off [security 42]", () => {
  const projects = (vitest.test?.projects ?? []) as { test: { name: string; env?: Record<string, string> } }[]
  const onEngine = projects.filter(({ test: { name } }) => name !== 'unit')
  expect(onEngine.length).toBeGreaterThan(1)
  for (const { test } of onEngine) expect(test.env).toMatchObject({ TESTCONTAINERS_RYUK_DISABLED: 'true' })
})
