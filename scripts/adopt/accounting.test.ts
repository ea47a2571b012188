import { expect, test } from 'vitest'
import { EMPTY, projectOf, ROOT } from '../testing/adoption.ts'
import { accountFor } from './accounting.ts'
import { chooseApplication } from './choose.ts'
import { missing } from './finding.ts'
import type { Project, Service } from './source-tree.ts'

const draftOf = (services: Record<string, Service>, more: Partial<Project> = {}) =>
  chooseApplication(EMPTY, { ...projectOf(services), ...more }, 'shop').draft

const WEB: Service = { build: { context: ROOT }, expose: ['3000'] }
const WORKER: Service = {
  ...{
    image: 'team/worker:1',
    user: '1000',
    command: ['work', '--fast'],
    read_only: true,
    sysctls: { 'net.core.somaxconn': '1024' },
  },
  ...{
    environment: { A: '1', SECRET: 'a$$b' },
    tmpfs: ['/tmp'],
    extra_hosts: ['one=10.0.0.1'],
    cap_add: ['NET_ADMIN'],
  },
  healthcheck: { test: ['CMD', 'true'], interval: '5s' },
  volumes: [
    { type: 'volume', source: 'data', target: '/data' },
    { type: 'bind', source: `${ROOT}/a.conf`, target: '/a.conf', read_only: true },
  ],
  ports: [{ target: 9000, published: '9001', protocol: 'udp', host_ip: '127.0.0.1' }],
  secrets: [{ source: 'token', target: 'token' }],
  networks: { default: { aliases: ['helper'] } },
  deploy: { replicas: 2, resources: { limits: { memory: '1g', cpus: 2 } } },
  depends_on: { db: { condition: 'service_healthy' } },
}
const DB: Service = { image: 'postgres:17' }
// What says the same as the services above, in the short forms that rules write.
const PROPOSED = {
  worker: {
    ...{
      image: 'team/worker:1',
      user: '1000',
      command: ['work', '--fast'],
      read_only: true,
      sysctls: { 'net.core.somaxconn': '1024' },
    },
    ...{
      environment: { A: '1', SECRET: `\${APP_SECRET:?}` },
      tmpfs: ['/tmp'],
      extra_hosts: ['one=10.0.0.1'],
      cap_add: ['NET_ADMIN'],
    },
    healthcheck: { test: ['CMD', 'true'], interval: '5s' },
    volumes: ['data:/data', { type: 'bind', source: 'a.conf', target: '/a.conf', read_only: true }],
    ports: ['127.0.0.1:9001:9000/udp'],
    secrets: [{ source: 'token', target: 'token' }],
    networks: { default: { aliases: ['helper'] } },
    ...{ mem_limit: '1g', cpus: 2, scale: 2 },
    depends_on: { db: { condition: 'service_healthy' } },
  },
  db: { image: 'postgres:17' },
}
const TOPS = { volumes: { data: { driver_opts: { type: 'nfs' } } }, secrets: { token: { file: './token.txt' } } }
const PROJECT = { volumes: TOPS.volumes, secrets: { token: { file: `${ROOT}/token.txt` } } }
const account = (services: object, tops: Readonly<Record<string, unknown>> = TOPS, claims: string[] = []) =>
  accountFor(
    draftOf({ web: WEB, worker: WORKER, db: DB }, PROJECT),
    { services: services as Record<string, object>, tops, variables: { APP_SECRET: "'a$b'", APP_DIR: '.' }, files: [] },
    [missing('a', '', '', { claims })],
  ).map(({ check, verdict, found }) => `${verdict} ${check}: ${found}`)

test('a proposal that says the same needs no word', () => {
  expect(account(PROPOSED)).toEqual([])
})

test('whatever a proposal lacks must be said', () => {
  const without = (value: unknown, key: string): unknown =>
    Array.isArray(value)
      ? value.filter((_, index) => String(index) !== key)
      : Object.fromEntries(Object.entries(value as object).filter(([name]) => name !== key))
  const each = (value: unknown, silent: string[]): unknown[] =>
    typeof value !== 'object' || value === null
      ? []
      : Object.entries(value).flatMap(([key, one]) => [
          without(value, key),
          ...each(one, silent).map((less) =>
            Array.isArray(value) ? value.with(Number(key), less) : { ...value, [key]: less },
          ),
        ])
  const cases = each(PROPOSED, [])
  expect(cases.length).toBeGreaterThan(40)
  expect(cases.filter((less) => account(less as object).length === 0)).toEqual([])
  expect(each(TOPS, []).filter((less) => account(PROPOSED, less as typeof TOPS).length === 0)).toEqual([])
})

test('what no rule knows of must be said, unless a finding claims it or what it lies in', () => {
  const worker: Service = { ...WORKER, build: { context: `${ROOT}/w`, ...{ future: true } } }
  const draft = draftOf({ web: WEB, worker, db: DB }, PROJECT)
  const built = { ...PROPOSED.worker, image: undefined, build: { context: './w' } }
  const proposal = {
    services: { ...PROPOSED, worker: built },
    tops: TOPS,
    variables: { APP_SECRET: "'a$b'" },
    files: [],
  }
  const said = (...claims: string[]) =>
    accountFor(draft, proposal, [missing('a', '', '', { claims })]).map(({ found }) => found)
  expect(said()).toEqual([
    'build.future: no rule of adopt looks at it, and the proposal lacks it, or has another value',
  ])
  expect(said('services.worker.build')).toEqual([])
  expect(said('services.worker.bui')).toHaveLength(1)
})

test.each([
  ['host', 'note web: build.network: left out: a build has a network of its own, with the way out'],
  ['other', 'missing web: build.network: left out, and the build may need it: all of a build comes from git'],
])('a network of a build must be said to be left out, and is seldom needed: %s', (network, expected) => {
  const web: Service = { ...WEB, build: { context: ROOT, ...{ network } } }
  const proposal = { services: { app: { build: { context: '.' } } }, tops: {}, variables: {}, files: [] }
  const found = accountFor(draftOf({ web }), proposal, [])
  expect(found.map(({ check, verdict, found }) => `${verdict} ${check}: ${found}`)).toContain(expected)
})

test('a copy of the application is accounted for with it, but for what it has of its own', () => {
  const web = { ...WEB, volumes: [{ type: 'volume', target: '/app/node_modules' }], environment: { NODE: '1' } }
  const draft = { ...draftOf({ web, twin: { ...web, environment: { NODE: '2' } } }), twins: ['twin'] }
  const proposal = { services: { app: { environment: { NODE: '1' } } }, tops: {}, variables: {}, files: [] }
  const mounts = [missing('a', '', '', { claims: ['services.web.volumes'] })]
  const said = (findings: typeof mounts) =>
    accountFor(draft, proposal, findings).map(({ check, found }) => `${check} ${found.replace(/:.*/, '')}`)
  expect(said(mounts)).toEqual(['twin environment.NODE'])
  expect(said([])).toEqual(['web volumes[/app/node_modules]', 'twin environment.NODE'])
})

test('a variable of .env that reaches no service must be said', () => {
  const draft = draftOf({ web: WEB }, { given: { READ: '1', LOST: '2', COMPOSE_FILE: 'a' }, written: `\${READ}` })
  expect(accountFor(draft, { services: {}, tops: {}, variables: {}, files: [] }, []).map(({ found }) => found)).toEqual(
    ['LOST: nothing in the Compose file reads it, and no image has this file'],
  )
})
