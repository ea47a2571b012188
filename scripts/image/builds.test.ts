import { expect, test } from 'vitest'
import type { ComposeService } from '../docker/compose-model.ts'
import { idsByService, isUsual, planBuilds } from './builds.ts'

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
