import { expect, test } from 'vitest'
import { adopt, composed, ROOT, said } from '../testing/adoption.ts'
import type { Service } from './source-tree.ts'

// Pages that an image has built reach the web server by a volume: it keeps those of the first version.

const BUILT = 'FROM node:24 AS build\nCOPY . .\nRUN npm run build\nFROM debian\nCOPY --from=build /app/dist /app/dist\n'
const mount = (target: string) => ({ type: 'volume', source: 'pages', target })
const volumes = { pages: null }
const server: Service = { image: 'nginx', ports: [{ target: 80 }], volumes: [mount('/usr/share/nginx/html')] }
const maker = (more: Partial<Service> = {}): Service => ({
  ...{ build: { context: `${ROOT}/front` }, volumes: [mount('/app/dist')], ...more },
})
const sources = (text = BUILT) => ({ 'front/Dockerfile': text, 'front/a.js': '' })

test.each([
  ['of a stage', BUILT],
  ['of a line', 'FROM node:24\nWORKDIR /app\nCOPY . .\nRUN npm run build\nCMD ["sleep", "inf"]\n'],
])('a web server must have the pages that another image has built in its own: %s', (_, text) => {
  const adoption = adopt({ web: server, front: maker() }, { sources: sources(text), project: { volumes } })
  const [file] = adoption.files.filter(({ path }) => path.endsWith('app.Dockerfile'))
  expect(file?.text).toContain('\nFROM nginx\nCOPY --from=front-files /app/dist/ /usr/share/nginx/html/\n')
  const { app, front } = composed(adoption).services
  expect(app?.['build']).toMatchObject({ additional_contexts: { 'front-files': 'service:front' } })
  expect(JSON.stringify([app, front])).not.toContain('pages:')
  expect(said(adoption, 'web').join()).toContain('the volume pages brought what the image of front has at /app/dist')
})

test('a volume to which users send files as well must stay', () => {
  const Dockerfile =
    'FROM node:24 AS build\nCOPY . .\nRUN npm run build\nFROM node:24\nWORKDIR /app\nCOPY a.js .\nCOPY --from=build /public /app/public\nCMD ["node", "a.js"]\n'
  const sent = "const up = multer({ dest: path.join(__dirname, 'public', 'uploads') })\n"
  const front = { build: { context: `${ROOT}/front` }, volumes: [mount('/app/public')] }
  const found = (text: string) => {
    const sources = { 'front/Dockerfile': Dockerfile, 'front/a.js': text, 'front/package.json': '{}' }
    return composed(adopt({ web: server, front }, { sources, project: { volumes } })).services['front']?.['volumes']
  }
  expect(found('')).toBeUndefined()
  expect(found(sent)).toContain('pages:/app/public')
})

test.each<[string, Record<string, Service>, string]>([
  ['that a start fills', { web: server, front: maker({ command: ['sh', '-c', 'cp -r a /app/dist'] }) }, BUILT],
  ['of no build', { web: server, front: maker() }, 'FROM node:24\nCOPY . .\n'],
  ['that a program reads as well', { web: server, front: maker(), job: { image: 'a', volumes: [mount('/a')] } }, BUILT],
])('a volume %s must stay', (_, services, text) => {
  const adoption = adopt(services, { sources: sources(text), project: { volumes } })
  expect(composed(adoption).services['app']?.['volumes']).toContain('pages:/usr/share/nginx/html')
})
