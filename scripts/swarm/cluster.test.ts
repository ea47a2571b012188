import { expect, test } from 'vitest'
import {
  type Cluster,
  dataLabel,
  dataNodeOf,
  managersAfter,
  type Node,
  quorumOf,
  renderCluster,
  successorOf,
  warningsOf,
} from './cluster.ts'

const node = (name: string, over: Partial<Node> = {}): Node => ({
  ...{ id: `id-${name}`, name, address: `10.0.0.${name.charCodeAt(0) - 96}`, role: 'manager', leads: name === 'a' },
  ...{ state: 'ready', availability: 'active', engine: '26.1.5', labels: {}, ...over },
})
const cluster = (...nodes: Node[]): Cluster => ({ self: 'id-a', nodes })
const three = cluster(node('a'), node('b'), node('c'))
const label = { [dataLabel('journal')]: '1' }

test('a quorum must be of managers alone', () => {
  expect(quorumOf(cluster(...three.nodes, node('d', { role: 'worker' })))).toEqual({
    managers: 3,
    ready: 3,
    needed: 2,
    spare: 1,
  })
})

test('an even number of managers must be refused, and warned of; so must nodes that are down, and a lost majority', () => {
  expect(managersAfter(cluster(node('a')), 2)).toBe(3)
  expect(() => managersAfter(cluster(node('a')), 1)).toThrow('2 managers stand no more losses than 1')
  expect(managersAfter(cluster(node('a'), node('b')), 0)).toBe(2)
  expect(warningsOf(three)).toEqual([])
  expect(warningsOf(cluster(node('a'), node('b', { state: 'down' })))).toEqual([
    'b is down',
    '2 managers stand no more losses than 1: add one, or take one away',
    '1 of 2 managers answer, and 2 are needed: nothing can be changed',
  ])
})

test('a cluster must be shown with its quorum', () => {
  expect(renderCluster(cluster(node('a'), node('b', { availability: 'drain' })), { 'id-a': 2 })).toBe(
    [
      'NODE       ROLE      STATE          ADDRESS    ENGINE   TASKS',
      'a (here)   leader    ready          10.0.0.1   26.1.5   2',
      'b          manager   ready, drain   10.0.0.2   26.1.5   0',
      '',
      'quorum: 2 of 2 managers; 0 may be lost',
    ].join('\n'),
  )
})

const asked = { wanted: '', project: 'journal', here: false, services: ['app'] }
test('data must stay on the node that has them, or be given one', () => {
  expect(dataNodeOf(cluster(node('a')), asked).name).toBe('a')
  expect(dataNodeOf(three, { ...asked, here: true }).name).toBe('a')
  expect(dataNodeOf(three, { ...asked, wanted: 'b' }).name).toBe('b')
  expect(dataNodeOf(cluster(node('a'), node('b', { labels: label })), { ...asked, here: true }).name).toBe('b')
})

test.each([
  ['nobody knows where they are [fault 69]', three, {}, 'service "app" keep data on one node, and none is chosen'],
  [
    'they are elsewhere',
    cluster(node('a'), node('b', { labels: label })),
    { wanted: 'a' },
    'the data of journal are on b, and DATA_NODE is a',
  ],
  [
    'their node is down',
    cluster(node('a'), node('b', { labels: label, state: 'down' })),
    {},
    'b, which has the data of "app", is down',
  ],
  [
    'their node is drained',
    cluster(node('a'), node('b', { labels: label, availability: 'drain' })),
    {},
    'is drain: anywhere else they would begin with nothing',
  ],
  ['there is no such node', three, { wanted: 'z' }, 'DATA_NODE="z" is no node of this swarm'],
])('where %s, a deploy must be refused', (_, of, over, says) => {
  expect(() => dataNodeOf(of, { ...asked, ...over })).toThrow(says)
})

test('data must go to another node only where the one that had them is gone', () => {
  const gone = cluster(node('a'), node('b', { labels: label, state: 'down' }))
  expect(successorOf(gone, 'journal', 'a')).toMatchObject({ from: { name: 'b' }, to: { name: 'a' } })
  expect(successorOf(gone, 'journal', '')).toBeUndefined()
  expect(successorOf(cluster(node('a'), node('b', { labels: label })), 'journal', 'a')).toBeUndefined()
})
