import { expect, test } from 'vitest'
import type { ComposeService } from '../docker/compose-model.ts'
import { idsByService, inOrder, isUsual, planBuilds } from './builds.ts'

const settings = { APP_DIR: 'web', IMAGE_REPOSITORY: 'r.example.com/shop' }
const place = { project: '/srv/shop', top: '/srv' }
const plan = (services: Record<string, ComposeService>) => planBuilds({ name: 'shop', services }, settings, place)
const build = (context: string, over: object = {}) => ({ build: { context: `/srv/${context}`, ...over } })
const app = { name: '', repository: 'r.example.com/shop', services: ['app'], context: 'web', file: 'web/Dockerfile' }

test('a Compose file without a build must have the application of APP_DIR alone', () => {
  expect(plan({ app: { image: 'x' }, redis: { image: 'redis:8' } })).toEqual([{ ...app, args: {} }])
})

test('each other build must be an image of its own, with its context, file, stage and arguments', () => {
  const worker = build('shop/jobs', { dockerfile: 'docker/Worker', target: 'run', args: { A: 'x$$y', B: null } })
  expect(plan({ worker, Mail_er: build('lib', { dockerfile: '../shop/Mail' }) })).toEqual([
    { ...app, args: {} },
    { name: 'mail-er', repository: 'r.example.com/shop-mail-er', services: ['Mail_er'], ...mail },
    { name: 'worker', repository: 'r.example.com/shop-worker', services: ['worker'], ...jobs },
  ])
})
const mail = { context: '../lib', file: 'Mail', args: {} }
const jobs = { context: 'jobs', file: 'jobs/docker/Worker', target: 'run', args: { A: 'x$y' } }

test("services of the same build must share an image, and those of the application's build run the application's", () => {
  const same = build('shop/jobs', { args: { A: '1', B: '2' } })
  const builds = plan({ one: same, two: build('shop/jobs', { args: { B: '2', A: '1' } }), cron: build('shop/web') })
  expect(builds.map(({ name, services }) => [name, services])).toEqual([
    ['', ['app', 'cron']],
    ['one', ['one', 'two']],
  ])
  expect(idsByService(builds, { '': 'a', one: 'b' })).toEqual({ app: 'a', cron: 'a', one: 'b', two: 'b' })
})

test("a build of the service app must take the place of the application's", () => {
  expect(plan({ app: { image: 'x', ...build('shop', { target: 'prod' }) } })).toEqual([
    { ...app, context: '.', file: 'Dockerfile', target: 'prod', args: {} },
  ])
  const whole = plan({ app: build('shop/web') })[0]
  expect(
    [whole, { ...whole, target: 'prod' }, { ...whole, args: { A: '1' } }].map((one) => isUsual(one, 'web')),
  ).toEqual([...[true, false, false]])
})

test.each([
  [
    'a context outside of the repository',
    { build: { context: '/etc' } },
    'takes /etc, which is outside of this repository',
  ],
  ['a context from the network', { build: { context: 'https://x.example/y.git' } }, 'outside of this repository'],
  ['a Dockerfile outside of the repository', build('shop', { dockerfile: '/D' }), 'takes /D, which is outside'],
  ['what is not supported', build('shop', { dockerfile_inline: 'FROM x' }), 'build.dockerfile_inline of the service'],
])('%s must be refused', (_, worker, says) => {
  expect(() => plan({ worker })).toThrow(says)
})

test('two services whose images would have one name must be refused', () => {
  expect(() => plan({ 'a.b': build('shop/a'), a_b: build('shop/b') })).toThrow('would both name the image a-b')
})

const takes = (context: string, names: Record<string, string>) => build(context, { additional_contexts: names })

test('a build that takes the image of another one must know its repository, and come after it', () => {
  const builds = plan({
    app: takes('shop/front', { files: 'service:php', tools: 'service:php' }),
    cron: takes('shop/web', { front: 'service:app' }),
    php: build('shop/php'),
    worker: build('shop/php'),
  })
  expect(builds.map((one) => one.takes)).toEqual([
    { files: 'r.example.com/shop-php', tools: 'r.example.com/shop-php' },
    { front: 'r.example.com/shop' },
    undefined,
  ])
  expect(inOrder(builds).map(({ name }) => name)).toEqual(['php', '', 'cron'])
  expect(inOrder(builds, [builds[0]]).map(({ name }) => name)).toEqual(['php', ''])
})

test.each([
  ['no service', { app: takes('shop', { x: 'service:none' }) }, 'takes the image of "none", which no build here makes'],
  ['a ready image', { app: takes('shop', { x: 'service:db' }), db: { image: 'db' } }, 'takes the image of "db"'],
  ['a folder', { app: takes('shop', { x: '/srv/shop/web' }) }, 'build.additional_contexts of the service "app"'],
  [
    'an image that takes its own',
    { a: takes('shop/a', { x: 'service:b' }), b: takes('shop/b', { x: 'service:a' }) },
    "take each other's images: a, b",
  ],
])('a build that takes %s must be refused', (_, services: Record<string, ComposeService>, says) => {
  expect(() => plan(services)).toThrow(says)
})
