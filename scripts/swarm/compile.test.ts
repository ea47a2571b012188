import { expect, test } from 'vitest'
import type { ComposeService } from '../docker/compose-model.ts'
import { makeRelease } from '../release/make-release.ts'
import { compile, localServices, type Surroundings } from './compile.ts'
import { immutable } from './service-spec.ts'

const image = { id: 'sha256:a', version: '1.0.0', revision: 'r', volumes: [] }
const around: Surroundings = {
  images: { app: 'registry/app@sha256:a', db: 'registry/db@sha256:b', proxy: 'registry/proxy@sha256:c' },
  dataNode: 'n1',
  update: { parallelism: 2, delay: 3, monitor: 5 },
  files: { '/checkout/snapshot.sh': '#!/bin/sh\n' },
  secrets: { token: { text: 'hush', digest: 'd1' } },
  proxyConfig: 'global\n',
  await: '-- lua',
}
const release = (app: ComposeService & object = {}, db: ComposeService & object = {}, replicas = 3) =>
  makeRelease(
    {
      name: 'journal',
      services: {
        app: { image: 'sha256:a', networks: { default: null }, ...app },
        db: { image: 'sha256:b', networks: { default: null }, ...db },
        proxy: {
          ...{
            image: 'dartagnan/proxy:1',
            networks: { edge: null, front: null },
            volumes: [{ target: '/x', source: 'proxy' }],
          },
          ports: [{ target: 8080, published: '8080', host_ip: '127.0.0.1' }],
        },
      },
      networks: { default: { internal: true }, edge: { internal: true }, front: null },
      volumes: { data: {} },
      secrets: { token: { file: 'secrets/token' } },
    },
    image,
    { port: 8000, health: '/healthz', replicas },
    { template: '', hold: 10 },
  )
const of = (
  service: string,
  app: ComposeService & object = {},
  db: ComposeService & object = {},
  over: Partial<Surroundings> = {},
) => compile(release(app, db), { ...around, ...over }).spec(service, { journal_token_d1: 's1' })
const definition = (...args: Parameters<typeof of>) => of(...args).Labels['org.dartagnan.definition']

test('the application must run in as many tasks as there are replicas, be updated by the settings, and be found by the proxies', () => {
  expect(of('app')).toMatchObject({
    Name: 'journal_app',
    Mode: { Replicated: { Replicas: 3 } },
    UpdateConfig: { Parallelism: 2, Delay: 3e9, Order: 'start-first', FailureAction: 'pause' },
    EndpointSpec: { Mode: 'dnsrr' },
    TaskTemplate: {
      ContainerSpec: { Image: 'registry/app@sha256:a' },
      Networks: [
        { Target: 'journal_default_swarm', Aliases: ['app'] },
        { Target: 'journal_edge_swarm', Aliases: ['app', 'app-blue'] },
      ],
      Placement: {},
    },
  })
})

test('what a service says of name servers must be one part in Swarm', () => {
  const said = { dns: ['127.0.0.1'], dns_search: 'internal', dns_opt: ['ndots:1'] }
  expect(of('app', said).TaskTemplate.ContainerSpec).toMatchObject({
    DNSConfig: { Nameservers: ['127.0.0.1'], Search: ['internal'], Options: ['ndots:1'] },
  })
})

test('a proxy must run on every node, with its port, and its configuration by content', () => {
  const proxy = of('proxy')
  expect(proxy).toMatchObject({
    Mode: { Global: {} },
    EndpointSpec: { Ports: [{ TargetPort: 8080, PublishedPort: 8080, PublishMode: 'host' }] },
  })
  const { Configs, Mounts } = proxy.TaskTemplate.ContainerSpec as {
    Configs: { ConfigName: string }[]
    Mounts: object[]
  }
  expect(Configs.map(({ ConfigName }) => ConfigName.replace(/_[0-9a-f]{12}$/, ''))).toEqual([
    'journal_haproxy-cfg',
    'journal_await-lua',
    'journal_live-map',
  ])
  expect(Mounts).toEqual([])
  expect(definition('proxy', {}, {}, { proxyConfig: 'other' })).not.toBe(definition('proxy'))
})

test('services with data must be on their node, and two versions of them must not run at once', () => {
  const data = { volumes: [{ type: 'volume', source: 'data', target: '/data' }] }
  expect(of('app', data)).toMatchObject({
    UpdateConfig: { Order: 'stop-first' },
    TaskTemplate: { Placement: { Constraints: ['node.id==n1'] } },
  })
  const script = { volumes: [{ type: 'bind', source: '/checkout/snapshot.sh', target: '/bin/s', read_only: true }] }
  expect(localServices(release(data, script).compose, around.files)).toEqual(['app'])
  expect(of('db', {}, script).TaskTemplate.ContainerSpec).toMatchObject({
    Mounts: [],
    Configs: [{ File: { Name: '/bin/s' } }],
  })
})

test('each key of a service must arrive as the engine takes it', () => {
  const service = {
    ...{
      command: ['a', '$$b'],
      entrypoint: null,
      environment: { A: '1', B: null, C: '{{x}}' },
      user: '1:1',
      init: true,
    },
    ...{ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'], stop_grace_period: '1m30s' },
    ...{ mem_limit: '268435456', cpus: 0.5, pids_limit: 256, ulimits: { nofile: { soft: 1, hard: 2 } } },
    ...{ tmpfs: ['/tmp:noexec,size=64m', '/run:uid=99,mode=0700'], extra_hosts: ['db=10.0.0.1'] },
    healthcheck: { test: ['CMD', 'x'], interval: '5s', start_interval: '100ms', retries: 3 },
    secrets: [{ source: 'token' }],
    logging: { options: { 'max-size': '10m' } },
  }
  expect(of('db', {}, service as ComposeService).TaskTemplate).toMatchObject({
    ContainerSpec: {
      ...{ Args: ['a', '$b'], Env: ['A=1', 'C={{"{{"}}x}}'], User: '1:1', Init: true, ReadOnly: true },
      ...{ CapabilityDrop: ['ALL'], Privileges: { NoNewPrivileges: true }, StopGracePeriod: 90e9 },
      ...{ Ulimits: [{ Name: 'nofile', Soft: 1, Hard: 2 }], Hosts: ['10.0.0.1 db'] },
      HealthCheck: { Test: ['CMD', 'x'], Interval: 5e9, StartInterval: 1e8, Retries: 3 },
      Mounts: [
        { Type: 'tmpfs', Target: '/tmp', TmpfsOptions: { SizeBytes: 64 * 1024 * 1024, Mode: 0o1777 } },
        { Type: 'tmpfs', Target: '/run', TmpfsOptions: { Mode: 0o1777 } },
      ],
      Secrets: [{ SecretID: 's1', SecretName: 'journal_token_d1', File: { Name: '/run/secrets/token' } }],
    },
    Resources: { Limits: { MemoryBytes: 268_435_456, NanoCPUs: 5e8, Pids: 256 } },
    LogDriver: { Options: { 'max-size': '10m' } },
  })
})

test('what Swarm cannot have must be refused, and not dropped', () => {
  expect(() => of('app', {}, { devices: ['/dev/x'] } as ComposeService)).toThrow(
    'service "db" has devices, which Swarm does not know',
  )
})

test('a definition must not depend on the ids that a cluster has given, and change with all else', () => {
  const ids = compile(release({}, { secrets: [{ source: 'token' }] }), around)
  expect(ids.spec('db', { journal_token_d1: 'x' }).Labels).toEqual(ids.spec('db', {}).Labels)
  expect(definition('app', { environment: { A: '2' } } as ComposeService)).not.toBe(definition('app'))
  expect(definition('db', {}, {}, { update: { parallelism: 1, delay: 0, monitor: 5 } })).not.toBe(definition('db'))
})

test('a network must be encrypted between the nodes where the Compose file says so, and never lead out where it says so [security 44]', () => {
  const made = release()
  const networks = { ...made.compose.networks, edge: { internal: true, driver_opts: { encrypted: '' } } }
  expect(compile({ ...made, compose: { ...made.compose, networks } }, around).networks).toEqual([
    { name: 'journal_default_swarm', internal: true, encrypted: false },
    { name: 'journal_edge_swarm', internal: true, encrypted: true },
    { name: 'journal_front_swarm', internal: false, encrypted: false },
  ])
})

test('what no route leads to must start before the application, each in the order of depends_on, and the proxies last', () => {
  expect(compile(release(), around).waves).toEqual([['db'], ['app'], ['proxy']])
})

test('the name of a secret or a config must say its content, and be one that Swarm takes', () => {
  const digest = 'f'.repeat(64)
  expect(immutable('journal', 'token', 'hush', digest).name).toBe('journal_token_ffffffffffff')
  const long = immutable('a-project-with-a-long-name', 'a-certificate-with-a-name-of-its-own.crt', 'x')
  expect(long.name).toMatch(/^[0-9a-f]{12}_[0-9a-f]{12}$/)
})

test('another number of tasks must be another service, whose tasks stay as they are', () => {
  const [few, many] = [2, 12].map((count) => compile(release({}, {}, count), around).spec('app', {}))
  expect(many?.TaskTemplate).toEqual(few?.TaskTemplate)
  expect(many?.Labels).not.toEqual(few?.Labels)
})
