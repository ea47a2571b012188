import { expect, test } from 'vitest'
import { GUARD } from '../docker/compose-model.ts'
import type { ContainerState } from '../docker/container.ts'
import { DEFINITION_LABEL } from '../docker/labels.ts'
import { makeRelease } from '../release/make-release.ts'
import { definitionOf } from '../release/model.ts'
import { replacedContainers } from './replaced.ts'

const release = makeRelease(
  { name: 'p', services: { app: { image: 'sha256:a' }, db: {}, worker: {}, proxy: {} } },
  { id: 'sha256:a', version: '1.0.0', revision: 'r', volumes: [] },
  { port: 8000, health: '/', replicas: 1 },
  { template: '', hold: 10 },
)
const container = (service: string, definition?: string) =>
  ({
    id: service,
    name: service,
    service,
    labels: { [DEFINITION_LABEL]: definition ?? 'old' },
  }) as unknown as ContainerState
const target = (name: string) => ({ id: name, name })

test('the containers that a plan stops, removes or lets Compose replace must be found, and no others', () => {
  const containers = [
    ...[container('app'), container('left'), container('db'), container(GUARD)],
    container('worker', definitionOf(release, 'worker')),
  ]
  const steps = [
    { do: 'remove', targets: [target('left'), target(GUARD)], because: '' },
    { do: 'recreate', services: ['db', 'worker'], because: '' },
    { do: 'halt', targets: [target('app')], because: '' },
  ] as const
  const of = (more: Parameters<typeof replacedContainers>[0]['steps']) =>
    replacedContainers({ release, observed: { containers, proxy: undefined }, steps: [...steps, ...more] }).map(
      ({ id }) => id,
    )
  expect(of([])).toEqual(['left', 'db'])
  expect(of([{ do: 'stop', targets: [target('app')], because: '' }])).toEqual(['app', 'left', 'db'])
})
