import { expect, test } from 'vitest'
import type { ComposeService } from '../docker/compose-model.ts'
import { makeRelease } from '../release/make-release.ts'
import type { Release } from '../release/model.ts'
import { renderPlan } from './plan-report.ts'
import type { Move, Step } from './step.ts'

const release = (app: ComposeService = {}) =>
  makeRelease(
    { name: 'p', services: { app: { image: 'sha256:2', ...app }, proxy: {} } },
    { id: 'sha256:2', version: '2.0.0', revision: 'r', volumes: [] },
    { port: 8000, health: '/healthz', replicas: 1 },
    { template: '', hold: 10 },
  )
const move: Move = { service: 'app', color: 'green', make: 1, total: 2, revive: [] }
const start: Step = { do: 'start', moves: [move], because: '1.0.0 serves' }
const toGreen: Step = { do: 'switch', sets: { app: 'green' }, because: 'as fast back' }

const from: Release = { ...release(), image: { ...release().image, id: 'sha256:1', version: '1.0.0' } }
const plan = (steps: readonly Step[], over: Partial<Parameters<typeof renderPlan>[0]> = {}) =>
  renderPlan({ target: 'deploy', from, release: release(), steps, fingerprint: 'abcdef0123', detailed: true, ...over })

test('a plan must say what changes, what it means for requests and data, and how to take it', () => {
  const copy: Step = { do: 'copy', modes: {}, pass: false, because: '' }
  const held: Step = { do: 'hold', services: ['app'], targets: [], because: '' }
  expect(plan([copy, held, start, toGreen], { detailed: false }).split('\n')).toEqual([
    '1.0.0 → 2.0.0',
    '  changed  image 1 → 2',
    '  requests wait while the old version ends and the new one starts; none is refused',
    '  data     a snapshot is taken and read back first',
    '  steps    4: copy, hold, start, switch   (VERBOSE=1 explains each)',
    '',
    'fingerprint abcdef0123: make deploy PLAN=abcdef0123 takes exactly these steps, or refuses',
  ])
})

test('with VERBOSE=1 a plan must describe each step, its reason and its effects on traffic and data', () => {
  expect(plan([start, toGreen]).split('\n').slice(5)).toEqual([
    '1. start 1 × app 2.0.0',
    '     because 1.0.0 serves',
    '     traffic it gets no request yet',
    '     data    none',
    '2. switch app to 2.0.0',
    '     because as fast back',
    '     traffic all requests from here on go to the new version',
    '     data    untouched',
    '',
    'fingerprint abcdef0123: make deploy PLAN=abcdef0123 takes exactly these steps, or refuses',
  ])
})

test('a plan without a fingerprint must say why', () => {
  expect(plan([start], { fingerprint: null })).toMatch(/\n\nno fingerprint: the first deploy makes the key/)
})

const volumes = [{ type: 'volume', target: '/data' }]
test.each<[string, Step, string]>([
  ['what starts', start, 'it has /data mounted'],
  ['what stops while requests wait', { do: 'halt', targets: [], because: '' }, 'nobody writes from here on'],
  ['any other step', toGreen, 'untouched'],
])('a plan must say of %s who has the data', (_, step, says) => {
  expect(plan([step], { release: release({ volumes }) })).toMatch(new RegExp(`\n {5}data {4}${says}\n`))
})

test('a plan without steps must say so, and be nothing to take', () => {
  expect(plan([])).toBe('nothing to do: 2.0.0 serves as configured')
})
