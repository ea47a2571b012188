import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { ComposeModel } from '../docker/compose-model.ts'
import type { ContainerState } from '../docker/container.ts'
import { SUCCESSOR_LABEL } from '../docker/labels.ts'
import { place, publishes, servingProxy, successorModel, unplace } from './successor.ts'

const template = readFileSync('compose/proxy/haproxy.cfg', 'utf8')
const proxy = (successor?: string, status = 'running', ports: string[] = []) =>
  ({
    ...{ id: successor ?? 'door', service: 'proxy', status, ports },
    labels: successor === undefined ? {} : { [SUCCESSOR_LABEL]: successor },
  }) as unknown as ContainerState

test('no socket of a successor may have the path of one of the first proxy: it would be handed over, too', () => {
  const pathsIn = (config: string): string[] => config.match(/(?<=stats socket |bind unix@)\S+/g) ?? []
  const [first, second] = [pathsIn(place(template)), pathsIn(place(template, '11'))]
  expect(first).toHaveLength(4)
  expect(second).toHaveLength(5)
  expect(second.filter((path) => first.includes(path))).toEqual([])
})

test.each([undefined, '7'])('the configuration of proxy %s must be known again as that of the release', (one) => {
  expect(unplace(place(template, one))).toBe(template)
})

test('the newest successor that runs serves, the first proxy without one, and nobody where that has ended', () => {
  expect(servingProxy([proxy('10'), proxy(), proxy('9'), proxy('11', 'created')])?.id).toBe('10')
  expect(servingProxy([proxy('1', 'exited'), proxy()])?.id).toBe('door')
  expect(servingProxy([proxy('1'), proxy(undefined, 'exited')])).toBeUndefined()
})

test('a successor publishes no port, and is on no network that leads out', () => {
  const service = {
    image: 'proxy',
    ports: [{ target: 8080, host_ip: '127.0.0.1', published: '80' }],
    container_name: 'taken',
    networks: { edge: null, front: null },
    tmpfs: ['/run/haproxy:uid=99'],
    labels: { kept: 'yes' },
  }
  const compose = {
    name: 'p',
    services: { proxy: service, app: {} },
    networks: { edge: { internal: true }, front: {} },
  }
  const { services } = successorModel(compose, '11')
  expect(services['proxy']).toMatchObject({ networks: { edge: null }, tmpfs: ['/run/haproxy-11:uid=99'] })
  expect(services['proxy']?.labels).toEqual({ kept: 'yes', [SUCCESSOR_LABEL]: '11' })
  expect(services['proxy']).not.toHaveProperty('ports')
  expect(services['proxy']).not.toHaveProperty('container_name')
})

test('ports must be those of the release', () => {
  const asks = (host_ip: string, published: string): ComposeModel => ({
    name: 'p',
    services: { proxy: { ports: [{ host_ip, published }] } },
  })
  const door = proxy(undefined, 'running', ['127.0.0.1:80'])
  expect(publishes(door, asks('127.0.0.1', '80'))).toBe(true)
  expect(publishes(door, asks('127.0.0.1', '81'))).toBe(false)
  expect(publishes(door, asks('0.0.0.0', '80'))).toBe(false)
})
