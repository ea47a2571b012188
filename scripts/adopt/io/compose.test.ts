import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { readProject } from './compose.ts'

const BASE = 'services: {web: {image: web}, db: {image: postgres}}\n'
const ON_TOP = 'services: {web: {ports: ["80:80"], environment: {A: b}}}\n'

async function read(files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'compose-'))
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  const found = await readProject(folder, Object.keys(files))
  const short = (file: string | undefined) => file?.replace(`${folder}/`, '')
  const { joined = [], only = {}, services = {}, told, profiled, partial = [], override, raw = {} } = found ?? {}
  return {
    ...{ file: short(found?.file), joined: joined.map(short), told: short(told), services: Object.keys(services) },
    ...{ profiled, partial: partial.map(short), override: short(override), raw: Object.keys(raw) },
    only: Object.entries(only).map(([file, names]) => `${short(file)}: ${names.join()}`),
  }
}

test.each([
  ['README.md', 'Run `docker compose -f compose.yaml -f compose.prod.yaml up -d`'],
  ['Makefile', 'C = docker compose \\\n  -f compose.yaml \\\n  -f compose.prod.yaml\n'],
  ['.env.example', 'COMPOSE_FILE=compose.yaml:compose.prod.yaml\n'],
  ['compose.prod.yaml', `# docker compose -f compose.yaml -f compose.prod.yaml up -d\n${BASE}`],
])('files that %s runs together for production must be read together', async (told, text) => {
  const files = { 'compose.yaml': ON_TOP, 'compose.prod.yaml': BASE, [told]: text }
  expect(await read(files)).toMatchObject({ file: 'compose.yaml', joined: ['compose.prod.yaml'], told })
})

test('those for development must not, and what is not read must be said with its services', async () => {
  const text =
    'docker compose -f compose.yaml -f compose.dev.yaml up\ndocker compose -f compose.yaml -f gone.prod.yaml up\n'
  const dev = 'services: {mail: {image: mail}, web: {image: dev}}\n'
  const whole = BASE.replace('image: web', 'image: web, ports: ["80:80"]')
  const found = await read({ 'compose.yaml': whole, 'compose.dev.yaml': dev, 'README.md': text })
  expect(found).toMatchObject({ file: 'compose.yaml', joined: [], only: ['compose.dev.yaml: mail'] })
})

test('a file that reaches no application must be completed by the one for production', async () => {
  expect(await read({ 'compose.yaml': BASE, 'compose.prod.yaml': ON_TOP })).toMatchObject({
    ...{ file: 'compose.yaml', joined: ['compose.prod.yaml'], services: ['db', 'web'] },
  })
  const db = 'services: {dev-db: {image: postgres, ports: ["5432:5432"]}}\n'
  const alone = BASE.replace('image: web', 'image: web, ports: ["80:80"]')
  expect(await read({ 'compose.yaml': db, 'compose.prod.yaml': alone })).toMatchObject({
    ...{ file: 'compose.prod.yaml', joined: [], only: ['compose.yaml: dev-db'] },
  })
})

test('a file without an image of its own must be completed by the one for production, also where nothing is published', async () => {
  const base = 'services: {web: {environment: {PORT: "3100"}}, db: {image: postgres}}\n'
  const files = { 'compose.yaml': base, 'compose.prod.yaml': 'services: {web: {image: web}}\n' }
  const both = { file: 'compose.yaml', joined: ['compose.prod.yaml'] }
  expect(await read(files)).toMatchObject({ ...both, services: ['db', 'web'] })
  const open = { 'compose.prod.yaml': 'services: {web: {image: web, ports: ["80:80"]}}\n' }
  expect(await read({ ...files, ...open })).toMatchObject({ ...both, services: ['db', 'web'] })
  const broken = { 'compose.prod.yaml': 'services: {web: {image: web, env_file: gone.env}}\n' }
  expect(await read({ ...files, ...broken })).toMatchObject({ ...both, services: [] })
})

test('of files that the project runs together, one alone in COMPOSE_FILE must be offered with the other', async () => {
  const whole = BASE.replace('image: web', 'image: web, ports: ["80:80"]')
  const files = { 'compose.yaml': whole, 'compose.prod.yaml': whole, '.env': 'COMPOSE_FILE=compose.prod.yaml\n' }
  expect(await read(files)).toMatchObject({ file: 'compose.prod.yaml', partial: [] })
  const text = 'docker compose -f compose.yaml -f compose.prod.yaml up -d'
  expect(await read({ ...files, 'README.md': text })).toMatchObject({
    ...{ file: 'compose.prod.yaml', joined: [], partial: ['compose.yaml'] },
  })
})

test('of files that Compose does not look for, the one that builds the application must be read', async () => {
  const needs = 'services: {db: {image: postgres}, ui: {image: pgweb, ports: ["8081:8081"]}}\n'
  const whole = 'services: {db: {image: postgres}, web: {build: ., ports: ["80:80"]}}\n'
  const files = { 'compose-deps.yml': needs, 'compose-full.yml': whole }
  expect(await read(files)).toMatchObject({ file: 'compose-full.yml', only: ['compose-deps.yml: ui'] })
  expect(await read({ ...files, 'compose-more.yml': whole })).toMatchObject({ file: 'compose-deps.yml' })
})

test('the profiles of services must be known, also where one of them cannot start, and what only adds to another', async () => {
  const whole = BASE.replace('services: {', 'services: {test: {image: t, profiles: [test, ci]}, ')
  expect(await read({ 'compose.x.yaml': 'services: {web: {scale: 2}}\n', 'compose.yaml': whole })).toMatchObject({
    ...{
      profiled: { test: ['test', 'ci'] },
      partial: ['compose.x.yaml'],
      services: ['db', 'web'],
      only: ['compose.x.yaml: '],
    },
  })
  const gone = whole.replace('image: t,', 'image: t, env_file: [gone.env],')
  expect(await read({ 'compose.yaml': gone })).toMatchObject({ profiled: { test: ['test', 'ci'] } })
  expect(await read({ 'stack.yml': 'resolver: lts\n' })).toMatchObject({ file: undefined })
  expect(await read({ 'stack.yml': BASE })).toMatchObject({ file: 'stack.yml' })
})

test('an override must be read as docker compose up does, and not beside a file for production, nor where COMPOSE_FILE lacks it', async () => {
  const files = {
    'compose.yaml': BASE.replace('image: web', 'image: web, ports: ["80:80"]'),
    'compose.override.yaml': `services: {mail: {image: mail}, web: {environment: {A: "\${B:-c}"}}}\n`,
  }
  const both = { file: 'compose.yaml', joined: ['compose.override.yaml'], override: 'compose.override.yaml' }
  expect(await read(files)).toMatchObject({ ...both, services: ['db', 'mail', 'web'], raw: ['db', 'mail', 'web'] })
  expect(await read({ ...files, 'compose.prod.yaml': ON_TOP })).toMatchObject({
    ...{ joined: [], override: undefined, only: ['compose.prod.yaml: ', 'compose.override.yaml: mail'] },
  })
  expect(await read({ ...files, '.env': 'COMPOSE_FILE=compose.yaml\n' })).toMatchObject({
    ...{ joined: [], override: undefined, only: [] },
  })
})

test.each(['~/pages', '$HOME/pages', `\${HOME}/pages`])('%s must be in the home of the caller', async (source) => {
  vi.stubEnv('DARTAGNAN_HOME', '/home/porthos')
  const folder = mkdtempSync(join(tmpdir(), 'compose-'))
  writeFileSync(join(folder, 'compose.yaml'), `services: {web: {image: web, volumes: ["${source}:/pages"]}}\n`)
  const found = await readProject(folder, ['compose.yaml'])
  vi.unstubAllEnvs()
  expect(found?.services['web']?.volumes).toMatchObject([{ source: '/home/porthos/pages' }])
})
