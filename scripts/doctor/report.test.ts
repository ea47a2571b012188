import { expect, test } from 'vitest'
import { type ContainerState, openPorts } from '../docker/container.ts'
import { diagnose, type Facts, renderFindings, roomFor } from './report.ts'

const well: Facts = {
  engine: '26.1.5',
  compose: '2.26.1',
  buildx: 'v0.13.1',
  disk: 50e9,
  memory: 8e9,
  gate: { found: 'gate: https://a.test', isWell: true },
  networks: { count: 5, most: 31 },
  port: { where: '127.0.0.1:8080', free: true },
  lockFile: 'compose/images/lock.json',
  envFiles: [{ name: '.env', mode: 0o600, secrets: ['APP_TOKEN'] }],
  drain: 20,
  graceful: 20,
  stopGrace: 30,
  standIns: [],
  logRotation: true,
  daemon: { debug: false, liveRestore: true, swarm: false },
  vulnerabilities: 'osv',
  opened: [],
  open: [],
  dangers: [],
  snapshots: { place: '/srv/backup', outlives: true },
}
const problems = (over: Partial<Facts>) =>
  diagnose({ ...well, ...over })
    .filter(({ weight }) => weight === 'problem')
    .map(({ check }) => check)

test('a healthy host must have no problem and nothing to do', () => {
  expect(problems({})).toEqual([])
  expect(renderFindings(diagnose(well))).not.toContain('next')
})

test.each<[string, Partial<Facts>, string]>([
  ['engine', { engine: '20.10.24+dfsg1' }, '[fault 64]'],
  ['engine', { engine: '' }, '[fault 64]'],
  ['compose', { compose: '1.29.2' }, '[fault 64]'],
  ['buildx', { buildx: '' }, '[fault 64]'],
  ['disk', { disk: 1e9 }, ''],
  ['memory', { memory: 100e6 }, ''],
  ['gate', { gate: { found: 'does not run', isWell: false } }, ''],
  ['networks', { networks: { count: 30, most: 31 } }, ''],
  ['internal', { opened: ['p_edge'] }, ''],
  ['port', { port: { where: '127.0.0.1:8080', free: false } }, '[fault 42]'],
  ['.env', { envFiles: [{ name: '.env', mode: 0o644, secrets: ['APP_TOKEN'] }] }, '[security 32]'],
  ['timeouts', { drain: 21 }, '[fault 29] [security 15]'],
  ['timeouts', { graceful: 30 }, '[fault 29] [security 15]'],
  ['timeouts', { graceful: undefined, drain: 30 }, '[fault 29] [security 15]'],
])('the doctor must report %s as a problem with %o, and say how to mend it %s', (check, over) => {
  expect(problems(over)).toEqual([check])
  const text = renderFindings(diagnose({ ...well, ...over }))
  expect(text).toMatch(new RegExp(`^${check.replace('.', '\\.')} +PROBLEM`, 'm'))
  expect(text).toMatch(new RegExp(`^ {2}${check.replace('.', '\\.')}: \\S`, 'm'))
})

test('an env file that anybody may read must be no problem where it holds no secret', () => {
  expect(problems({ envFiles: [{ name: '.env', mode: 0o644, secrets: [] }] })).toEqual([])
})

test('stand-ins must be a note, not a problem', () => {
  expect(problems({ standIns: ['python:3.13'] })).toEqual([])
  expect(renderFindings(diagnose({ ...well, standIns: ['python:3.13'] }))).toContain('stand-ins for python:3.13')
})

test.each([
  [{ debug: true, liveRestore: true, swarm: false }, 'note'],
  [{ debug: false, liveRestore: false, swarm: false }, 'note'],
  [{ debug: false, liveRestore: false, swarm: true }, 'ok'],
])('an engine with %o must be said to be so, and count as %s [security 43]', (daemon, weight) => {
  const found = diagnose({ ...well, daemon }).find(({ check }) => check === 'daemon')
  expect(found).toMatchObject({ weight })
  expect(found?.found).toBe(
    `log level ${daemon.debug ? '' : 'not '}debug, live-restore ${daemon.liveRestore ? 'on' : 'off'}`,
  )
})

test('ports that other hosts reach must be a note that says how to close them', () => {
  const port = (service: string, ...ports: string[]) => ({ service, ports }) as unknown as ContainerState
  const mine = [
    port('proxy', '0.0.0.0:80', ':::80'),
    port('app'),
    port('db', '127.0.0.1:5432', '::1:5432', '10.0.0.7:1'),
  ]
  const open = openPorts(mine)
  expect(open).toEqual(['0.0.0.0:80 (proxy)', ':::80 (proxy)', '10.0.0.7:1 (db)'])
  expect(problems({ open })).toEqual([])
  expect(renderFindings(diagnose({ ...well, open }))).toMatch(
    /open ports +note .*0\.0\.0\.0:80 \(proxy\).*\n(?:.*\n)*.*BIND=127\.0\.0\.1/,
  )
})

test('snapshots that are lost with the engine must be a note that names the setting', () => {
  const snapshots = { place: 'the volume dartagnan_snapshots.p', outlives: false }
  expect(problems({ snapshots })).toEqual([])
  expect(renderFindings(diagnose({ ...well, snapshots }))).toMatch(/snapshots: .*BACKUP_REPOSITORY/)
})

test('packages that are not checked must be a note that names the setting', () => {
  expect(problems({ vulnerabilities: '' })).toEqual([])
  expect(renderFindings(diagnose({ ...well, vulnerabilities: '' }))).toMatch(/vulnerabilities: .*VULNERABILITIES/)
})

test('the room for networks must be that of the pools', () => {
  expect(roomFor(null)).toBe(31)
  expect(
    roomFor([
      { Base: '172.17.0.0/16', Size: 24 },
      { Base: '10.0.0.0/24', Size: 24 },
    ]),
  ).toBe(257)
})

test('what is dangerous in a service must be a note', () => {
  const dangers = [{ service: 'app', what: 'is privileged' }]
  expect(problems({ dangers })).toEqual([])
  expect(renderFindings(diagnose({ ...well, dangers }))).toMatch(/^service app +note +is privileged$/m)
})
