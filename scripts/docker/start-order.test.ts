import { expect, test } from 'vitest'
import { asideServices, startOrder } from './start-order.ts'

const services = (depends: Record<string, string[]>) => ({
  name: 'shop',
  services: Object.fromEntries(
    Object.entries(depends).map(([name, all]) => [
      name,
      { depends_on: Object.fromEntries(all.map((one) => [one, {}])) },
    ]),
  ),
})

test.each([
  ['no order', { db: [], cache: [] }, [['db', 'cache']]],
  [
    'a migration between database and worker',
    { worker: ['migrate'], migrate: ['db'], db: [] },
    [['db'], ['migrate'], ['worker']],
  ],
  ['a service that is not among them', { worker: ['app'] }, [['worker']]],
  ['a circle', { a: ['b'], b: ['a'], c: [] }, [['c'], ['a', 'b']]],
])('services must start after those that they depend on: %s', (_, depends, waves) => {
  expect(startOrder(services(depends), Object.keys(depends))).toEqual(waves)
})

test('what others wait for or call, or publishes a port, must not be aside', () => {
  const services = {
    app: { expose: ['80'], depends_on: { db: {} } },
    db: {},
    mail: { ports: [{ target: 25 }] },
    worker: {},
  }
  expect([...asideServices({ name: 'a', services })]).toEqual(['worker'])
})
