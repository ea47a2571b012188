import { parseSettings } from '../config/settings.ts'
import type { Observed } from '../version/publish-plan.ts'

// One honest document for each door through which text from outside comes in: tests change it until it is none.

export const ID = `sha256:${'a'.repeat(64)}`
export const settings = parseSettings([], {})
export const image = { id: ID, version: '1.4.2', revision: 'abc', volumes: ['/data'] }
const data = { type: 'volume', source: 'data', target: '/data' }
const app = {
  ...{
    image: ID,
    labels: { a: 'b' },
    environment: { A: 'b', B: null },
    tmpfs: ['/tmp:size=1m'],
    'x-rollout': 'exclusive',
  },
  ...{
    stop_grace_period: '30s',
    'x-graceful-timeout': '20s',
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
  },
  volumes: [data, { type: 'bind', source: '/srv', target: '/x', read_only: true }],
  secrets: [{ source: 'token', target: '/run/secrets/token' }],
  logging: { driver: 'json-file', options: { 'max-size': '10m' } },
  'x-snapshot': { copy: ['a', '/snapshot'], describe: ['b'], restore: ['c'], volume: 'data' },
}
const api = {
  ...{ image: 'redis:8', 'x-route': { path: '/api', port: 9000, health: '/healthz' }, deploy: { replicas: 2 } },
  ...{ cap_add: ['NET_ADMIN'], devices: ['/dev/x'] },
}
const worker = {
  build: { context: '/checkout/worker', dockerfile: 'Dockerfile', target: 'run', args: { A: 'b', B: null } },
  ...{ image: 'worker', 'x-snapshot': false, scale: 2, network_mode: 'none', user: '0:0' },
}
export const compose = {
  name: 'journal',
  services: { app, api, proxy: { image: 'proxy', ports: [{ target: 8080, published: '8080' }] }, worker },
  volumes: {
    data: { name: 'journal_data', driver: 'local', driver_opts: { type: 'nfs' } },
    other: { external: true },
  },
  networks: { edge: { name: 'journal_edge' }, default: null },
  secrets: { token: { file: '/work/secrets/token' } },
}

const web = {
  build: { context: '/checkout/blog', dockerfile: 'Dockerfile', args: { A: 'b' } },
  ...{ ports: [{ target: 8000 }], environment: { SECRET_KEY: 'x' }, command: ['a', 'b'] },
}
const nginx = {
  ...{ image: 'nginx:1', ports: [{ target: 80, published: '80' }] },
  volumes: [{ type: 'bind', source: '/checkout/blog/nginx.conf', target: '/etc/nginx.conf', read_only: true }],
}
export const adopted = { ...compose, services: { nginx, app: web, api: { ...app, image: 'redis:8' } } }
export const NGINX = `upstream web { server api:8000; }
server {
  listen 80;
  location / { proxy_pass http://web; }
  location /api/ { proxy_pass http://app:9000/; rewrite x y; }
  location /static { alias /srv; }
}
`
export const SOURCE = "app.get('/health')\nprocess.env.DATA_DIR || './data'\nsqlite:///a.db\napp.listen(3000)\n"

export const lock = {
  python: { upstream: 'python:3.13', source: 'stand-in', reference: 'dartagnan/python:abc', id: ID },
  haproxy: { upstream: 'haproxy:3', source: 'registry', reference: `haproxy@${ID}`, id: ID },
} as const
export const revision = {
  ...{ commit: 'a'.repeat(40), committedAt: 1, tag: 'v1.0.0', distance: 2, dirtyTree: 'b'.repeat(40) },
}
export const COMMIT = 'feat(api)!: add a thing\n\nA body.\n\nBREAKING CHANGE: it breaks\n'
export const head: Observed = {
  ...{ branch: 'main', shallow: false, commit: 'c', subject: 'x', changed: [], versions: ['1.0.0'], atHead: [] },
  ...{ base: '1.0.0', messages: [COMMIT], changelog: '# Changelog\n', origin: 'none' },
}

export const entry = {
  ...{ outcome: 'deployed', target: 'deploy', version: '1.0.0', revision: 'r', image: ID, release: 'abc', base: 'abc' },
  ...{ env: 'development', repository: 'journal', snapshot: 's', from: '', by: 'aramis', at: '2026-01-01T00:00:00Z' },
  ...{ ms: 1, cut: 0, held: 0, because: '', steps: [{ step: 'start', ms: 1 }] },
  rehearsal: { needsData: true, because: 'x', changes: ['a'] },
}
export const verification = {
  ...{ id: ID, place: 'here', release: 'abc', at: '2026-01-01T00:00:00Z' },
  described: { data: { entries: { rows: 12 } } },
}
export const evidence = {
  ...{ image: ID, version: '1.0.0', revision: 'r', testedAt: 'x', testedBy: 'y', inputs: { files: 'a', rig: 'b' } },
  ...{ suites: [{ name: 'unit', seconds: 1 }], leftOut: [{ path: 'a', because: 'b' }] },
}
export const runLog = {
  ...{ format: 1, target: 'deploy', version: '1.0.0', release: 'abc', from: '', step: 'start', number: 1, of: 2 },
  ...{ stopping: ['a'], by: 'b', at: '2026-01-01T00:00:00Z', since: '2026-01-01T00:00:00Z' },
}
export const bundle = {
  ...{
    format: 1,
    project: 'journal',
    version: '1.0.0',
    image: ID,
    digest: ID,
    images: { 'journal:1.0.0': ID },
    evidence,
  },
}

export const listed = [
  {
    ...{ id: 'a'.repeat(64), time: '2026-01-01T00:00:00Z', tags: ['release=a', 'version=1.0.0', 'volume:data=files'] },
    summary: { data_added_packed: 1, total_bytes_processed: 2, total_files_processed: 3 },
  },
  { id: 'b', time: 'x', tags: null },
]
export const backup = [
  { message_type: 'verbose_status', action: 'new', item: '/volumes/data/a' },
  { message_type: 'summary', snapshot_id: 'abc', total_bytes_processed: 12 },
]
export const STATES = `1
# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state
3 app-blue 1 app1 172.22.0.4 2 0
3 app-blue 2 app2 - 2 8


# pxname,svname,scur,econ,eresp,status,check_status,hrsp_5xx,req_tot
app-blue,app1,2,1,2,UP,L7OK,4,120
`
const endpoint = { port: 1, health: '/' }
export const sets = { app: { blue: endpoint, green: endpoint } }
export const PACKAGES =
  'Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.41\nDescription: x\n y\n\nPackage: b\n'
export const context = {
  ...{ Name: 'a', Endpoints: { docker: { Host: 'tcp://x', SkipTLSVerify: true } }, TLSMaterial: { docker: ['ca'] } },
}
export const moved = { flask: { current: '1.0.0', wanted: '1.0.1', latest: '2.0.0' } }
export const pip = {
  install: [
    {
      metadata: { name: 'flask', version: '3.1.1' },
      download_info: { archive_info: { hashes: { sha256: 'a'.repeat(64) } } },
    },
  ],
}
