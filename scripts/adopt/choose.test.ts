import { expect, test } from 'vitest'
import { composed, EMPTY, projectOf, ROOT, said } from '../testing/adoption.ts'
import { planAdoption } from './plan.ts'
import type { Service, SourceTree } from './source-tree.ts'

// Which part is the application: all else rests on it, so it is the first question, with the guess.

const ports = [{ target: 3000, published: '3000' }]
const built = (folder: string): Service => ({ build: { context: `${ROOT}/${folder}` }, ports })
function adopt(services: Record<string, Service>, tree: Partial<SourceTree> = {}) {
  return planAdoption({
    ...{ ...EMPTY, compose: projectOf(services), ...tree },
  })
}

test('the question must come first, and SERVICE= must answer it', () => {
  const services = { web: built('web'), api: built('api'), adminer: { image: 'adminer', ports } }
  const asked = adopt(services)
  expect(asked.rivals).toEqual(['api'])
  expect(asked.findings[0]).toMatchObject({
    found: 'which is the application? web becomes service app; api may be it as well',
    mend: 'if it is api: the same command with SERVICE=api before it',
  })
  const told = adopt(services, { service: 'api' })
  expect(told.rivals).toEqual([])
  expect(Object.keys(composed(told).services)).toEqual(['web', 'app', 'adminer'])
  expect(said(adopt(services, { service: 'apo' }), 'web')).toEqual(['missing: compose.yaml has no service apo'])
})

test('of a front end and what it asks, the one that browsers open must be guessed', () => {
  expect(adopt({ be: built('be'), fe: built('fe') }).rivals).toEqual(['be'])
  expect(adopt({ server: built('server'), vue: built('vue') }).rivals).toEqual(['server'])
})

test('what tells others how they are set up, or where something is, must not be guessed', () => {
  const services = { 'config-server': built('config'), 'eureka-server': built('eureka'), gateway: built('gateway') }
  expect([Object.keys(composed(adopt(services)).services)[2], adopt(services).rivals]).toEqual(['app', []])
})

test('of a service for development and another one, the other one must be guessed', () => {
  const services = { 'web-dev': built('dev'), production: built('.') }
  expect(Object.keys(composed(adopt(services)).services)).toEqual(['web-dev', 'app'])
})

test('a web server before another service than the one that the user names must stay beside it', () => {
  const text = 'server { location / { proxy_pass http://web:3000; } }'
  const volumes = [{ type: 'bind', source: `${ROOT}/n.conf`, target: '/etc/nginx/conf.d/default.conf' }]
  const nginx: Service = { image: 'nginx', ports: [{ target: 80, published: '80' }], volumes }
  const tree = { sources: { 'n.conf': text }, tracked: ['n.conf'], binds: { [`${ROOT}/n.conf`]: 'file' as const } }
  const services = { nginx, web: built('web'), api: built('api') }
  expect(Object.keys(composed(adopt(services, tree)).services)).toEqual(['app', 'api'])
  expect(Object.keys(composed(adopt(services, { ...tree, service: 'api' })).services)).toEqual(['nginx', 'web', 'app'])
})

test('images that are called otherwise must not pass for the application beside a Dockerfile that nobody builds', () => {
  const sources = { Dockerfile: 'FROM node:24\nEXPOSE 3000\nCMD ["node", "a.js"]\n' }
  const tree = { sources, files: ['Dockerfile'], tracked: ['Dockerfile'] }
  const first = (services: Record<string, Service>) => adopt(services, tree).findings[0]?.found
  expect(first({ store: { image: 'cloud/objects', ports } })).toBe(
    'which is the application? store becomes service app; Dockerfile may be it, and no service builds it',
  )
  expect(first({ store: { image: 'team/shop', ports } })).toMatch(/^service store becomes service app/)
})

test.each([
  { id: { image: 'quay.io/keycloak/keycloak', ports } },
  { mail_catcher: { image: 'sj26/mailcatcher', ports } },
])('a known tool must not pass for the application: %j', (tool) => {
  const api: Service = { build: { context: ROOT } }
  expect(adopt({ ...tool, api }).findings[0]?.found).toMatch(/^service api becomes service app/)
})

test('what takes the mail of development must be no application, also where nothing else answers', () => {
  const mailer: Service = { image: 'axllent/mailpit', ports: [{ target: 8025 }] }
  const adoption = adopt({ db: { image: 'postgres:17' }, mailer }, { sources: { Dockerfile: '' } })
  expect(adoption.findings[0]?.found).toMatch(/^no service answers HTTP requests on a port/)
  expect(Object.keys(composed(adoption).services)).toContain('mailer')
})

test('a web server with pages of the repository must be asked for before a program that any name could have', () => {
  const volumes = [{ type: 'bind', source: `${ROOT}/site`, target: '/usr/share/nginx/html' }]
  const site: Service = { image: 'nginx', volumes, ports: [{ target: 80, published: '80' }] }
  const root: Service = { build: { context: ROOT }, ports }
  const tree = { tracked: ['site/index.html'], binds: { [`${ROOT}/site`]: 'folder' as const } }
  expect(said(adopt({ all: root, site }, tree), 'web').join()).toContain('site becomes service app')
})

test('a web server that leads to a part alone must be asked about, where pages beside it have a port of their own', () => {
  const conf = { type: 'bind', source: `${ROOT}/a.conf`, target: '/etc/nginx/conf.d/default.conf' }
  const nginx: Service = { image: 'nginx', volumes: [conf], ports: [{ target: 80, published: '81' }] }
  const sources = {
    'a.conf': 'server { location /files { root /srv; } location / { proxy_pass http://backend:3000; } }',
  }
  const tree = { sources, files: ['a.conf'], tracked: ['a.conf'], binds: { [conf.source]: 'file' as const } }
  const { ports: _, ...backend } = built('backend')
  const rivalsWith = (more: Record<string, Service>) => adopt({ nginx, backend, ...more }, tree).rivals
  expect(rivalsWith({ frontend: built('frontend') })).toEqual(['frontend'])
  expect(rivalsWith({})).toEqual([])
})
