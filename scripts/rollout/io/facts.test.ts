import { expect, test } from 'vitest'
import type { ContainerState } from '../../docker/container.ts'
import { VERSION_LABEL } from '../../docker/labels.ts'
import type { Release } from '../../release/model.ts'
import { type Facts, judgeAmong } from './facts.ts'

// A worker that lacks what is set up later ended each first deploy; one that never worked would end each deploy after it.
const release = { compose: { name: 'shop', services: { app: {}, worker: {} } } } as unknown as Release
const of = (over: Partial<ContainerState>) =>
  ({
    ...{ id: 'new', service: 'worker', name: 'w', status: 'restarting', exitCode: 3, restarts: 2 },
    ...{ labels: { [VERSION_LABEL]: '2' }, startedAt: new Date().toISOString(), ...over },
  }) as ContainerState

test.each([
  ['in a first release', undefined, [], 'ready'],
  ['as it did in the release before', release, [of({ id: 'old' })], 'ready'],
  ['and did not before', release, [of({ id: 'old', status: 'running', restarts: 0 })], 'failed'],
  ['and did so long ago', release, [of({ id: 'old', status: 'running', startedAt: '2020-01-01' })], 'failed'],
])('a worker that ends again and again %s must be judged by that', (_, from, before, state) => {
  const facts = { release, from, patient: false, before: new Map(before.map((one) => [one.id, one])) }
  expect(judgeAmong(facts as unknown as Facts, [])(of({}))).toMatchObject({ state })
})
