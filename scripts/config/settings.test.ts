import { readFileSync } from 'node:fs'
import { parse } from 'dotenv'
import { expect, test } from 'vitest'
import {
  appVariables,
  envFilesOf,
  knownOf,
  parseSettings,
  type Source,
  settingNames,
  type Variables,
} from './settings.ts'

const file = (values: Variables, name = '.env') => [{ name, values }]

test('.env.example must name every setting with its default', () => {
  const example = parse(readFileSync('.env.example', 'utf8'))
  const settings = parseSettings([], {})
  expect(Object.keys(example)).toEqual(expect.arrayContaining([...settingNames]))
  const { IMAGE_REPOSITORY, ...rest } = settings
  for (const [name, value] of Object.entries(rest)) expect(example[name], name).toBe(String(value))
  expect([example['IMAGE_REPOSITORY'], IMAGE_REPOSITORY]).toEqual(['', settings.PROJECT])
})

test('images must be named after the project, in all its environments alike', () => {
  const named = (files: Source[], environment: Variables = {}) => parseSettings(files, environment).IMAGE_REPOSITORY
  const production = { name: '.env.production', values: { ENV: 'production', PROJECT: 'shop-live' } }
  expect(named([], { PROJECT: 'shop' })).toBe('shop')
  expect(named(file({ PROJECT: 'shop' }))).toBe('shop')
  expect(named([production, ...file({ PROJECT: 'shop' })])).toBe('shop')
  expect(named([], { PROJECT: 'shop', ENV: 'production' })).toBe('shop')
  expect(named(file({ PROJECT: 'shop', IMAGE_REPOSITORY: 'team/shop' }))).toBe('team/shop')
  expect(() => named([], { PROJECT: 'shop-' })).toThrow(/IMAGE_REPOSITORY="shop-" in PROJECT/)
})

test('the toolkit container must get every setting by name', () => {
  const toolkit = readFileSync('compose/toolkit.yaml', 'utf8')
  for (const name of settingNames) expect(toolkit).toMatch(new RegExp(`^ +- ${name}$`, 'm'))
})

test('the environment must win over .env, and an empty value must mean unset', () => {
  expect(parseSettings(file({ PORT: '9000' }), {}).PORT).toBe(9000)
  expect(parseSettings(file({ PORT: '9000' }), { PORT: '9001' }).PORT).toBe(9001)
  expect(parseSettings(file({ PORT: '9000' }), { PORT: '' }).PORT).toBe(9000)
  expect(parseSettings(file({ PORT: '' }), {}).PORT).toBe(8080)
})

test.each([
  ['PORT', 'http'],
  ['PORT', '0'],
  ['PORT', '65536'],
  ['PORT', '8080 '],
  ['REPLICAS', '31'],
  ['REPLICAS', '-1'],
  ['PROJECT', 'RunLog'],
  ['PROJECT', '--help'],
  ['PROJECT', '$(touch /tmp/p)'],
  ['PROJECT', 'a\nb'],
  ['BIND', 'localhost'],
  ['VULNERABILITIES', '/etc'],
  ['VULNERABILITIES', 'file:///etc'],
  ['VULNERABILITIES', 'https://example.com/ --output=x'],
  ['VULNERABILITY_GATE', 'urgent'],
  ['APP_DIR', '../elsewhere'],
  ['APP_DIR', '/etc'],
  ['IMAGE_REPOSITORY', 'journal:latest'],
  ['IMAGE_REPOSITORY', 'RunLog'],
  ['HEALTH_PATH', 'healthz'],
  ['HEALTH_PATH', '/a" b'],
  ['APP_DIR', 'a\r/../..'],
  ['APP_COMPOSE', '/etc/app.yaml'],
  ['APP_COMPOSE', '../app.yaml'],
  ['APP_COMPOSE', 'a/../../app.yaml'],
  ['APP_COMPOSE', '..'],
  ['APP_COMPOSE', 'a.yaml:/etc/b.yaml'],
  ['APP_COMPOSE', 'a.yaml:../b.yaml'],
  ['APP_COMPOSE', 'a.yaml:..:b.yaml'],
  ['APP_COMPOSE', 'a.yaml:b/..'],
  ['APP_COMPOSE', 'a\r:/etc/b.yaml'],
  ['APP_COMPOSE', 'a\nb'],
  ['APP_COMPOSE', ':a.yaml'],
  ['APP_COMPOSE', 'a.yaml:'],
  ['APP_COMPOSE', 'a.yaml::b.yaml'],
  ['BACKUP_REPOSITORY', 'http://x'],
  ['BACKUP_REPOSITORY', 'relative'],
  ['BACKUP_REPOSITORY', './relative'],
  ['BACKUP_REPOSITORY', '/'],
  ['BACKUP_REPOSITORY', '/a\nb'],
  ['BACKUP_REPOSITORY', '/a:/b'],
  ['BACKUP_REPOSITORY', 'sftp:'],
  ['BACKUP_REPOSITORY', 'sftp:a b'],
  ['BACKUP_REPOSITORY', 's3:a\nb'],
  ['BACKUP_PASSWORD_FILE', '/a:/b'],
  ['BACKUP_CREDENTIALS_FILE', '/a\nb'],
  ['BACKUP_KNOWN_HOSTS_FILE', '/a:/b'],
  ['HOSTS', 'a.test/../b'],
  ['HOSTS', 'a.test/x/.'],
  ['DEPLOY_SNAPSHOT', 'yes'],
  ['DEPLOY_SNAPSHOT', '2'],
  ['KEEP_SNAPSHOTS', '10'],
  ['KEEP_SNAPSHOTS', 'last=0'],
  ['KEEP_SNAPSHOTS', 'last=all'],
  ['KEEP_SNAPSHOTS', 'last=1,'],
  ['KEEP_SNAPSHOTS', 'last=1, daily=2'],
  ['KEEP_SNAPSHOTS', 'within=1d'],
  ['KEEP_SNAPSHOTS', 'last=1 --prune'],
  ['ON_FAILURE', 'restore'],
  ['ON_FAILURE', 'Keep-Data'],
  ['ENV', 'Production'],
  ['ENV', '-x'],
  ['ENGINE', 'ssh://-oProxyCommand=x'],
  ['ENGINE', 'ssh://a b'],
  ['ENGINE', '--context'],
  ['ENGINE', 'tcp://host:2375'],
  ['PROMOTE_FROM', 'Staging'],
  ['REGISTRY_USER', 'a:b'],
  ['REHEARSE', 'yes'],
  ['REHEARSE', '2'],
])('%s=%j must be refused, with the value quoted [security 35]', (name, value) => {
  expect(() => parseSettings([], { [name]: value })).toThrow(JSON.stringify(value))
})

test.each([
  ['APP_COMPOSE', 'compose/app.yaml'],
  ['APP_COMPOSE', 'compose/app.yaml:compose/postgres.yaml:c.yaml'],
  ['APP_COMPOSE', 'a..b/..c.yaml:d...yaml'],
  ['BACKUP_REPOSITORY', '/srv/backup of all'],
  ['BACKUP_REPOSITORY', 'sftp:backup@host:/srv/backup'],
  ['BACKUP_REPOSITORY', 's3:https://host:9000/bucket/path'],
  ['BACKUP_PASSWORD_FILE', 'secrets/password'],
  ['KEEP_SNAPSHOTS', 'last=1'],
  ['KEEP_SNAPSHOTS', 'last=9999,hourly=1,daily=7,weekly=5,monthly=12,yearly=3'],
  ['ON_FAILURE', 'restore-data'],
  ['ENV', 'production'],
  ['ENGINE', 'ssh://deploy@host.example.com:2222'],
  ['ENGINE', 'ssh://host'],
  ['ENGINE', 'my-context'],
  ['REGISTRY_PASSWORD_FILE', '-'],
  ['REHEARSE', '0'],
  ['REHEARSE', '1'],
])('%s=%s must be taken', (name, value) => {
  expect(parseSettings([], { [name]: value })).toMatchObject({ [name]: value })
})

test('an application other than the sample must by default use the Compose file for any application', () => {
  expect(parseSettings([], {}).APP_COMPOSE).toBe('compose/app.yaml')
  expect(parseSettings(file({ APP_DIR: 'blog' }), {}).APP_COMPOSE).toBe('compose/any.yaml')
  expect(parseSettings(file({ APP_DIR: 'blog' }), { APP_COMPOSE: 'compose/app.yaml' }).APP_COMPOSE).toBe(
    'compose/app.yaml',
  )
})

test.each(['journal', 'team/journal', 'registry.example.com/team/journal', 'localhost:5000/journal'])(
  '%s is an image name',
  (name) => {
    expect(parseSettings([], { IMAGE_REPOSITORY: name }).IMAGE_REPOSITORY).toBe(name)
  },
)

test('an unknown key of .env must be refused with the choices; APP_… is for the application', () => {
  expect(() => parseSettings(file({ PROT: '8080' }), {})).toThrow(/"PROT".*PORT/)
  expect(parseSettings(file({ APP_GREETING: 'hello' }), {}).PORT).toBe(8080)
  expect(appVariables(file({ APP_GREETING: 'a', APP_PORT: '1' }), { APP_GREETING: 'b', APP_OTHER: '' })).toEqual({
    APP_GREETING: 'b',
  })
})

test.each(['ZX_PREFIX', 'NODE_OPTIONS', 'PATH', 'LD_PRELOAD', 'BASH_ENV', 'DOCKER_HOST', 'COMPOSE_FILE'])(
  '%s in .env must be refused [security 32]',
  (name) => {
    expect(() => parseSettings(file({ [name]: 'x' }), {})).toThrow(name)
  },
)

test("an environment's own file must win over .env, and the environment must give the project its own name", () => {
  const files = [
    { name: '.env.staging', values: { PORT: '9001', APP_A: 'staging' } },
    { name: '.env', values: { PORT: '9000', PROJECT: 'shop', APP_A: 'all', APP_B: 'all' } },
  ]
  expect(envFilesOf('staging')).toEqual(['.env.staging', '.env'])
  expect(envFilesOf('development')).toEqual(['.env'])
  expect(parseSettings(files, { ENV: 'staging' })).toMatchObject({ PORT: 9001, PROJECT: 'shop-staging' })
  expect(parseSettings(files, { ENV: 'staging', PROJECT: 'mine' }).PROJECT).toBe('mine')
  expect(parseSettings(file({ PROJECT: 'live' }, '.env.production'), { ENV: 'production' }).PROJECT).toBe('live')
  expect(appVariables(files, {})).toEqual({ APP_A: 'staging', APP_B: 'all' })
})

test('names that are settings to the toolkit alone must be left to the application', () => {
  expect(knownOf({ APP_MEMORY: '5', APP_INTERNAL: 'true' }, ['APP_MEMORY'])).toEqual({ APP_INTERNAL: 'true' })
  expect(knownOf({ APP_PORT: '80', PORT: '1', APP_KEY: 'x', OTHER: 'y' }, ['APP_PORT', 'APP_KEY'])).toEqual({
    ...{ PORT: '1', APP_KEY: 'x' },
  })
})
