import { expect, test } from 'vitest'
import { adopt, bind, composed, ROOT, WEB } from '../testing/adoption.ts'
import type { Service } from './source-tree.ts'

// A program of the author's own that passes requests on answers 502 or 504 while a deploy replaces what is behind it: requests
// wait where the application depends on that (docs/decisions/0030).

const DEPENDS = { depends_on: { api: { condition: 'service_started', required: true } } } as const
const api = (more: Partial<Service> = {}): Service => ({ build: { context: `${ROOT}/api` }, ...more })
const proposed = (web: Partial<Service>, other: Service, sources: Record<string, string> = {}) => {
  const all = { 'api/Dockerfile': 'FROM node:24\nCMD ["node", "b.js"]\n', ...sources }
  const { app, api: beside } = composed(adopt({ web: { ...WEB, ...web }, api: other }, { sources: all })).services
  return { depends: app?.['depends_on'], expose: beside?.['expose'] }
}

const STARTED = { api: { condition: 'service_started' } }
test.each<[string, Partial<Service>, Service, Record<string, string>, string]>([
  ['whose URL its code has', {}, api(), { 'a.js': "proxy({ target: 'http://api:5000' })" }, '5000'],
  ['whose port a variable of the code has', {}, api({ expose: ['81'] }), { 'a.js': 'get(`http://api:` + port)' }, '81'],
  ['whose name and port its code has', {}, api(), { 'a.js': 'dial("api:50051")' }, '50051'],
  ['whose URL is in its environment', { environment: { API_URL: 'http://api:3001/v1' } }, api(), {}, '3001'],
  [
    'whose name is in its environment',
    { environment: { BACKEND_HOST: 'api' } },
    api({ ports: [{ target: 82, published: '82' }] }),
    {},
    '82',
  ],
  ['that it depends on', DEPENDS, api(), { 'api/Dockerfile': 'FROM node:24\nEXPOSE 83\n' }, '83'],
])('the application must depend on a service that it calls: one %s', (_, web, other, sources, port) => {
  expect(proposed(web, other, sources)).toEqual({ depends: STARTED, expose: [port] })
})

test('the port that a web server passes requests on to is known better than that of a variable, and its own better than both', () => {
  const sources = {
    'n.conf': 'server { location / { add_header A b; proxy_pass http://api:8071; } }',
    'api/Dockerfile': 'FROM node:24\nCMD ["node", "b.js"]\n',
  }
  const volumes = [bind('n.conf', '/etc/nginx/conf.d/default.conf')]
  const web: Service = {
    ...{ image: 'nginx', ports: [{ target: 80, published: '80' }], volumes, environment: { ADDRESS: 'api:8070' } },
  }
  const over = { sources, tree: { binds: { [`${ROOT}/n.conf`]: 'file' as const } } }
  const { 'app-service': named, api: beside } = composed(adopt({ web, api: api() }, over)).services
  expect((beside ?? named)?.['expose']).toEqual(['8071'])
  const environment = { API_URL: 'http://api:3001' }
  expect(proposed({ environment }, api({ ports: [{ target: 82, published: '82' }] })).expose).toEqual(['82'])
})

test('a port that a build fills in for a web server must be that of the variable of the service behind it', () => {
  const sources = {
    'n.conf': 'server { location / { add_header A b; proxy_pass http://api:PORT/; } }',
    'api/Dockerfile': 'FROM node:24\nCMD ["node", "b.js"]\n',
  }
  const volumes = [bind('n.conf', '/etc/nginx/conf.d/default.conf')]
  const web: Service = { image: 'nginx', ports: [{ target: 80, published: '80' }], volumes }
  const over = { sources, tree: { binds: { [`${ROOT}/n.conf`]: 'file' as const } } }
  const all = composed(adopt({ web, api: api({ environment: { API_PORT: '3007', DB_PORT: '1' } }) }, over)).services
  expect((all['api'] ?? all['app-service'])?.['expose']).toEqual(['3007'])
})

test('a link is no word of what the application remembers', () => {
  const depends_on = { api: { ...DEPENDS.depends_on.api, restart: true } }
  expect(proposed({ links: ['api'], depends_on }, api({ expose: ['81'] })).depends).toEqual(STARTED)
})

test.each<[string, Partial<Service>, Service, Record<string, string>?]>([
  ['a worker, which has no port', DEPENDS, api()],
  [
    'a worker of the same image, whose port is that of the application',
    DEPENDS,
    { build: { context: ROOT }, command: ['node', 'work.js'] },
  ],
  ['a job', { environment: { API: 'http://api:1' } }, api({ command: ['npm', 'run', 'migrate'], restart: 'no' })],
  ['a database', DEPENDS, { image: 'postgres:17', ports: [{ target: 5432, published: '5432' }] }],
  [
    'what depends on it, and which a common env_file names',
    { environment: { CLIENT_HOST: 'api' } },
    api({ expose: ['81'], depends_on: { web: { condition: 'service_started', required: true } } }),
  ],
  ['a path of its name', { environment: { BASE: '/api' } }, api({ expose: ['81'] })],
  ['another host', {}, api({ expose: ['81'] }), { 'a.js': "get('http://api.example:80'); // http://my-api:1" }],
  ['what another service says in the same folder', {}, api(), { 'other.yaml': 'API: http://api:80' }],
])('requests must not wait for %s', (_, web, other, sources) => {
  expect(proposed(web, other, sources).depends).toBeUndefined()
})

test('requests must not wait for what a page in a browser calls', () => {
  const sources = {
    Dockerfile: 'FROM nginx\nCOPY . /usr/share/nginx/html\nEXPOSE 3000\n',
    'a.js': "get('http://api:81')",
  }
  expect(proposed(DEPENDS, api({ expose: ['81'] }), sources).depends).toBeUndefined()
})
