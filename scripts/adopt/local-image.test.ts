import { expect, test } from 'vitest'
import { adopt, bind, composed, IMAGE, ROOT, said } from '../testing/adoption.ts'
import type { Service, SourceTree } from './source-tree.ts'

// Images that the author builds by hand, beside a Compose file that only names them.

const HERE = { isHere: true, volumes: [], environment: {}, ports: [], user: '', entrypoint: [], cmd: [] }
const SHOP = { image: 'webapp', ports: [{ target: 3000, published: '3000' }] }
const byHand = (
  services: Record<string, Service>,
  sources: Record<string, string> = {},
  tree: Partial<SourceTree> = {},
) => adopt(services, { sources: { Dockerfile: IMAGE, ...sources }, tree })

test.each([
  ['nobody has it', {}],
  ['it is on this engine', { webapp: HERE }],
])('an image that can only have been built by hand must be built with each version: %s', (_, images) => {
  const adoption = byHand(
    { web: SHOP, worker: { image: 'webapp', command: 'work' }, db: { image: 'postgres' } },
    {},
    { images },
  )
  expect(composed(adoption).services).toMatchObject({
    worker: { image: `\${APP_IMAGE:?}` },
    db: { image: 'postgres' },
  })
  expect(adoption.files.map(({ path }) => path)).toEqual(['dartagnan.compose.yaml'])
  expect(said(adoption, 'web')).toContain('note: nobody can pull webapp: Dockerfile builds it with each version')
  expect(adoption.findings.map(({ mend }) => mend).join()).not.toContain('docker pull')
})

test('an image that is never pulled is built by hand, too, whatever its name', () => {
  const adoption = byHand({ web: { ...SHOP, image: 'team/shop', pull_policy: 'never' } })
  expect(said(adoption, 'web')).toContain('note: nobody can pull team/shop: Dockerfile builds it with each version')
})

test('each of several must be built from the Dockerfile that is called as it is', () => {
  const sources = { 'api/Dockerfile': IMAGE, 'api/a.js': '', 'front/Dockerfile': IMAGE, 'front/a.js': '' }
  const adoption = byHand({ web: { ...SHOP, image: 'front:1' }, back: { image: 'api' } }, sources)
  expect(adoption.settings['APP_DIR']).toBe('front')
  expect(composed(adoption).services['back']).toMatchObject({ build: { context: 'api' } })
})

test('a folder without code is what is built where it alone has what is copied', () => {
  const nginx = { 'proxy/Dockerfile': 'FROM nginx\nCOPY site.conf /etc/nginx/conf.d/\n', 'proxy/site.conf': '' }
  const adoption = byHand({ web: SHOP, front: { image: 'proxy' } }, { Dockerfile: IMAGE, 'a.js': '', ...nginx })
  expect(composed(adoption).services['front']).toMatchObject({ build: { context: 'proxy' } })
})

test('where nothing says which Dockerfile makes it, the report must ask, and offer no pull', () => {
  const sources = { 'api/Dockerfile': IMAGE, 'front/Dockerfile': IMAGE, Dockerfile: 'FROM postgres' }
  const lock = { base: { source: 'stand-in', reference: 'b', id: 'b', upstream: 'debian' } } as const
  const absent = byHand({ web: SHOP }, sources, { lock })
  expect(said(absent, 'base')).toContain('missing: webapp is not on this engine, and nobody can pull it')
})

test.each([
  ['an image that a registry has', { ...SHOP, image: 'webapp' }, { webapp: { ...HERE, isHere: false } }],
  ['an official image', { ...SHOP, image: 'ghost:5' }, {}],
  ['an image of somebody', { ...SHOP, image: 'team/webapp' }, {}],
])('%s must not be built from a Dockerfile beside it', (_, web, images) => {
  const adoption = byHand({ web }, {}, { images })
  expect(adoption.files.find(({ path }) => path === 'dartagnan.app.Dockerfile')?.text).toContain(`FROM ${web.image}\n`)
})

const COPIED = 'FROM nginx:1.26\nCOPY --from=php-image /srv/public /srv/public\n'
const FILES = { 'nginx/Dockerfile': COPIED, 'php/Dockerfile': 'FROM debian:13\nCOPY . /srv\n', 'php/a.php': '' }
const NGINX = { build: { context: '/shop/nginx' }, ports: [{ target: 80, published: '80' }] }
const PHP = { build: { context: '/shop/php' }, image: 'php-image' }

test.each([
  ['it is not on this engine', {}],
  ['somebody built it by hand', { 'php-image': HERE }],
])('an image that another service builds must be built before the one that takes its files: %s', (_, images) => {
  const adoption = byHand({ web: NGINX, php: PHP }, FILES, { images })
  expect(composed(adoption).services['app']).toMatchObject({
    build: { context: 'nginx', additional_contexts: { 'php-image': 'service:php' } },
  })
  expect(said(adoption, 'base')).toContain('ok: php-image, which service:php builds before it for each version')
  expect(said(adoption, 'base').join()).not.toMatch(/missing|not pinned, .*php-image/)
})

const TAKING = { ...NGINX.build, additional_contexts: { 'php-image': 'service:app', docs: '/shop/docs' } }
test.each([
  ['the application takes it', { web: { ...NGINX, build: TAKING }, app: PHP }, 'app', 'app-service'],
  ['it is the application', { app: { ...PHP, ports: NGINX.ports }, front: { build: TAKING } }, 'front', 'app'],
  [
    'it runs the same image',
    { web: { ...PHP, ports: NGINX.ports }, app: PHP, front: { build: TAKING } },
    'front',
    'app',
  ],
])('a Compose file that names the service itself must keep that, by its new name: %s', (_, services, taker, name) => {
  const adoption = byHand(services, { ...FILES, 'nginx/Dockerfile': COPIED.replace('php-image', 'files') })
  expect(composed(adoption).services[taker]).toMatchObject({
    build: { additional_contexts: { 'php-image': `service:${name}` } },
  })
  const lost = adoption.findings.filter(({ found }) => found.includes('additional_contexts'))
  expect(lost.map(({ found }) => found.split(':')[0])).toEqual(['build.additional_contexts.docs'])
  expect(lost[0]?.mend).toContain('let context: be a folder around both')
})

test('the image of a service without a name of its own must be known by the one that Compose gives it', () => {
  const sources = { ...FILES, 'nginx/Dockerfile': COPIED.replace('php-image', 'shop-php:latest') }
  expect(composed(byHand({ web: NGINX, php: { build: PHP.build } }, sources)).services['app']).toMatchObject({
    build: { additional_contexts: { 'shop-php:latest': 'service:php' } },
  })
})

test('what others are made of must end, and what it installs must count for them', () => {
  const base = { build: { context: ROOT, dockerfile: 'base.Dockerfile' }, image: 'base' }
  const built = (of: string) => ({ build: { context: ROOT, dockerfile: of }, depends_on: { base: {} } })
  const sources = {
    ...{ Gemfile: '', 'a.rb': '', 'base.Dockerfile': 'FROM ruby:3.2\nCOPY Gemfile .\nRUN bundle install\n' },
    ...{ 'cron.Dockerfile': 'FROM base\nCMD ["crond", "-f"]\n', 'web.Dockerfile': 'FROM base\nCMD ["puma"]\n' },
  }
  const cron = { ...built('cron.Dockerfile'), volumes: [bind('.', '/app')] }
  const web = { ...built('web.Dockerfile'), ports: [{ target: 3000, published: '3000' }] }
  const tree = { binds: { [ROOT]: 'folder' as const } }
  const adoption = adopt({ base, cron, web }, { sources, tree })
  expect(composed(adoption).services['base']).toMatchObject({ restart: 'no' })
  expect(said(adoption, 'base').join()).toContain('ok: it does its work and exits')
  expect(said(adoption, 'cron').join()).not.toContain('Gemfile')
})

test('an image that another service is built on and called as must stay that of the registry', () => {
  const sources = { ...FILES, 'php/Dockerfile': 'FROM php-image\n' }
  expect(composed(byHand({ web: NGINX, php: PHP }, sources)).services['app']).not.toHaveProperty('build')
})

test.each([
  ['absent', {}, 'missing: php-image is not on this engine, and nobody can pull it'],
  ['built by hand', { 'php-image': HERE }, 'missing: php-image was built by hand: no version builds it again'],
])('an image that no service builds must be missing, also once it is there: %s', (_, images, says) => {
  const adoption = byHand({ web: NGINX }, FILES, { images })
  expect(said(adoption, 'base')).toContain(says)
})
