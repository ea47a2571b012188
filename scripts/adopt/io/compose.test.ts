import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { withValues } from '../env-lines.ts'
import { SECRETS_SIGN } from '../names.ts'
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
  const {
    joined = [],
    only = {},
    services = {},
    told,
    profiled,
    partial = [],
    override,
    raw = {},
    unread,
  } = found ?? {}
  return {
    ...{ file: short(found?.file), joined: joined.map(short), told: short(told), services: Object.keys(services) },
    ...{ profiled, partial: partial.map(short), override: short(override), raw: Object.keys(raw) },
    ...{ given: found?.given, environment: services['web']?.environment, envFiles: found?.envFiles?.map(short) },
    unread: short(unread?.file),
    written: raw,
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

test('a folder must have one name, with a slash at its end or without', async () => {
  const services = 'web: {image: a, volumes: ["/srv/a/:/a/"]}, one: {image: a, volumes: ["/srv/a:/b"]}'
  const folder = mkdtempSync(join(tmpdir(), 'compose-'))
  writeFileSync(join(folder, 'compose.yaml'), `services: {${services}}`)
  const { web, one } = (await readProject(folder, ['compose.yaml']))?.services ?? {}
  expect([...(web?.volumes ?? []), ...(one?.volumes ?? [])]).toMatchObject([
    { source: '/srv/a', target: '/a' },
    { source: '/srv/a', target: '/b' },
  ])
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

test('a file of ready images alone must be left for the one for production that has them, and builds the application', async () => {
  const store = 'store: {image: minio, ports: ["9000:9000"]}'
  const whole = `services: {web: {build: ., ports: ["80:80"]}, ${store}}\n`
  const readBoth = (base: string, production = whole) =>
    read({ 'compose.yaml': `services: {${base}}\n`, 'compose.prod.yaml': production })
  expect(await readBoth(store)).toMatchObject({ file: 'compose.prod.yaml', joined: [] })
  // A server of data serves no pages, and production may have one elsewhere.
  expect(await readBoth(store, whole.replace(`, ${store}`, ''))).toMatchObject({ file: 'compose.prod.yaml' })
  const base = { file: 'compose.yaml', joined: [] }
  expect(await readBoth(`${store}, web: {image: web, ports: ["80:80"]}`)).toMatchObject(base)
  expect(await readBoth(store, `services: {${store}, web: {image: web, ports: ["80:80"]}}\n`)).toMatchObject(base)
})

test('a file for production that has all that it names must be read alone, whatever one for development calls the same', async () => {
  const base =
    'services: {db: {image: "postgres:13"}, redis: {image: redis}, adminer: {image: adminer, ports: ["8080:8080"]}}\n'
  const services = 'pg: {image: "db:5", environment: {USER: db}}, redis: {image: redis}'
  const whole = (url: string, more = '') =>
    `services: {web: {image: web, ports: ["80:80"], environment: {URL: "${url}"}${more}}, ${services}}\n`
  const readBoth = (production: string) => read({ 'compose.yaml': base, 'compose.prod.yaml': production })
  expect(await readBoth(whole('postgres://pg/a'))).toMatchObject({
    ...{ file: 'compose.prod.yaml', joined: [], services: ['pg', 'redis', 'web'] },
  })
  const both = { file: 'compose.yaml', joined: ['compose.prod.yaml'] }
  expect(await readBoth(whole('postgres://u:p@db/a'))).toMatchObject(both)
  expect(await readBoth(whole('', ', depends_on: [db]'))).toMatchObject(both)
  // Labels may lead to what is built.
  const routed = whole('').replace('image: web, ports: ["80:80"]', 'build: .')
  expect(await readBoth(routed)).toMatchObject({ file: 'compose.prod.yaml', unread: undefined })
  expect(await readBoth(whole('', ', env_file: gone.env'))).toMatchObject({
    ...{ file: 'compose.yaml', joined: [], unread: 'compose.prod.yaml' },
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

test('a file for production must come before one further down, where it builds an image and is whole', async () => {
  const whole = 'services: {web: {build: ., ports: ["80:80"]}}\n'
  const files = { 'api/docker/compose.yaml': whole, 'compose.production.yml': whole }
  expect(await read(files)).toMatchObject({ file: 'compose.production.yml' })
  for (const text of ['services: {proxy: {image: caddy}}\n', `${whole.replace('}}', '}, api: {scale: 2}}')}`])
    expect(await read({ ...files, 'compose.production.yml': text })).toMatchObject({ file: 'api/docker/compose.yaml' })
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

test('an override must be named beside files that the project runs together, and services with the file that has more than a part of them', async () => {
  const found = await read({
    'compose.yaml': `# docker compose -f compose.yaml -f compose.prod.yaml up -d\n${BASE.replace('db', 'api')}`,
    'compose.override.yaml': 'services: {db: {image: postgres}, admin: {image: pgadmin}, web: {tty: true}}\n',
    'compose.prod.yaml': ON_TOP,
    'compose.ci.yaml': 'services: {db: {ports: ["5432:5432"]}}\n',
  })
  expect(found).toMatchObject({
    ...{ joined: ['compose.prod.yaml'], override: undefined },
    only: ['compose.ci.yaml: ', 'compose.override.yaml: db,admin'],
  })
})

test('an override must be read also beside a file for production that nobody can build', async () => {
  const production = 'services: {web: {build: {context: ., target: live}, ports: ["80:80"]}}\n'
  const files = {
    'compose.yaml': 'services: {web: {environment: {A: b}}, db: {image: postgres}}\n',
    'compose.override.yaml': production.replace('live', 'dev'),
    'compose.prod.yaml': production,
    Dockerfile: 'FROM node AS dev\n',
  }
  expect(await read(files)).toMatchObject({
    ...{ joined: ['compose.override.yaml'], override: 'compose.override.yaml', services: ['db', 'web'] },
  })
  const both = { ...files, Dockerfile: 'FROM node AS dev\nFROM node AS live\n' }
  expect(await read(both)).toMatchObject({ joined: ['compose.prod.yaml'], override: undefined })
})

test.each(['~/pages', '$HOME/pages', `\${HOME}/pages`])('%s must be in the home of the caller', async (source) => {
  vi.stubEnv('DARTAGNAN_HOME', '/home/porthos')
  const folder = mkdtempSync(join(tmpdir(), 'compose-'))
  writeFileSync(join(folder, 'compose.yaml'), `services: {web: {image: web, volumes: ["${source}:/pages"]}}\n`)
  const found = await readProject(folder, ['compose.yaml'])
  vi.unstubAllEnvs()
  expect(found?.services['web']?.volumes).toMatchObject([{ source: '/home/porthos/pages' }])
})

test('the second run must read what the first one read: what init wrote to .env is no part of env_file', async () => {
  const compose = `services: {web: {image: web, env_file: [more.env, .env], environment: ["APP_STATED=$APP_USER"]}}\n`
  const mine = 'PORT=3000\nAPP_USER=u\n'
  const files = { 'compose.yaml': compose, 'more.env': 'APP_MORE=m\n', '.env': mine }
  const environmentOf = async (more: Readonly<Record<string, string>>) => {
    const { environment, given } = await read({ ...files, ...more })
    return { environment, given }
  }
  expect((await read(files)).envFiles).toEqual(['.env', 'more.env'])
  const first = await environmentOf({})
  expect(first.environment).toEqual({ APP_STATED: 'u', APP_USER: 'u', APP_MORE: 'm', PORT: '3000' })
  const written = `${mine}BIND=0.0.0.0\n${SECRETS_SIGN}\nAPP_ROOT=r\nAPP_MORE=before\nAPP_STATED=u\n`
  expect(await environmentOf({ '.env': written, 'dartagnan.env': 'APP_VARIABLES=PORT\n' })).toEqual(first)
})

test('a file of env_file that a variable names must be known by its name', async () => {
  const compose = `services: {web: {image: web, env_file: "\${MODE_FILE:?which}"}}\n`
  const files = { 'compose.yaml': compose, '.env': 'MODE_FILE=.env.prod\n', '.env.prod': 'A=1\n' }
  expect((await read(files)).envFiles).toEqual(['.env', '.env.prod'])
})

test('what init wrote to .env must not stand in the place of a variable that nobody has given', async () => {
  const compose = `services: {web: {image: web, environment: {KEY: "\${APP_KEY:-usual}", USER: "$APP_USER"}}}\n`
  const env = withValues('APP_USER=u\n', {}, { APP_KEY: 'before' })
  const { environment } = await read({ 'compose.yaml': compose, '.env': env })
  expect(environment).toEqual({ KEY: 'usual', USER: 'u' })
  const changed = await read({ 'compose.yaml': compose, '.env': env.replace('before', 'mine') })
  expect(changed.environment).toEqual({ KEY: 'mine', USER: 'u' })
})

test('the folder in which Compose runs must stand in the place of its variable', async () => {
  const compose = `services: {web: {image: web, working_dir: "$PWD/a", command: ["\${PWD}", "$$PWD", "$PWDS"]}}\n`
  const { written } = await read({ 'compose.yaml': compose })
  const folder = process.cwd()
  expect(written['web']).toMatchObject({ working_dir: `${folder}/a`, command: [folder, '$$PWD', '$PWDS'] })
})

test('a folder named .env below the top must be no obstacle, as it is none for Compose', async () => {
  expect(await read({ 'compose.yaml': BASE, '.env/dev': 'A=1\n' })).toMatchObject({
    services: ['db', 'web'],
    given: {},
  })
})

test('a Compose file in a hidden folder for it must be found beside Dockerfiles, and none of a forge', async () => {
  const files = { 'images/php/Dockerfile': 'FROM php\n', '.docker/compose.yaml': BASE }
  expect(await read(files)).toMatchObject({ file: '.docker/compose.yaml' })
  expect(await read({ 'images/php/Dockerfile': '', '.github/compose.yaml': BASE })).toMatchObject({ file: undefined })
})

test('files that a script runs together for development must be read together, where the first alone serves nothing', async () => {
  const base = 'services: {web: {image: web}}\n'
  const own = { 'compose.dev.yaml': ON_TOP, 'compose.test.yaml': ON_TOP }
  const run = (files: string) => `{"scripts": {"up": "docker compose ${files} up"}}`
  const dev = run('-f compose.yaml -f compose.dev.yaml')
  const told = { 'compose.yaml': base, ...own, 'package.json': dev }
  expect(await read(told)).toMatchObject({ joined: ['compose.dev.yaml'], told: 'package.json' })
  const served = { ...told, 'compose.yaml': 'services: {web: {image: web, ports: ["80:80"]}}\n' }
  expect(await read(served), 'which serves alone').toMatchObject({ joined: [], told: undefined })
  const tests = run('-f compose.yaml -f compose.test.yaml')
  expect(await read({ ...told, 'package.json': tests }), 'of tests').toMatchObject({ joined: [], told: undefined })
})

test('a file further up that builds the application must be read before one below with the servers of its data alone', async () => {
  const data = 'services: {db: {image: postgres}}\n'
  const own = 'services: {api: {build: ., ports: ["80:80"]}, db: {image: postgres}}\n'
  expect(await read({ 'docker-compose.dev.yml': own, 'back/docker-compose.yml': data })).toMatchObject({
    file: 'docker-compose.dev.yml',
  })
  expect(await read({ 'docker-compose.dev.yml': own, 'back/docker-compose.yml': own })).toMatchObject({
    file: 'back/docker-compose.yml',
  })
})
