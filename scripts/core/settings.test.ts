import { readFileSync } from 'node:fs'
import { parse } from 'dotenv'
import { expect, test } from 'vitest'
import { appVariables, parseSettings, settingNames } from './settings.ts'

test('.env.example must name every setting with the default that holds without it', () => {
  const example = parse(readFileSync('.env.example', 'utf8'))
  const settings = parseSettings({}, {})
  expect(Object.keys(example)).toEqual(expect.arrayContaining([...settingNames]))
  for (const name of settingNames) expect(example[name], name).toBe(String(settings[name]))
})

test('the toolkit container must be given every setting by name', () => {
  const toolkit = readFileSync('compose/toolkit.yaml', 'utf8')
  for (const name of settingNames) expect(toolkit).toMatch(new RegExp(`^ +- ${name}$`, 'm'))
})

test('the environment must win over .env, and an empty value must mean unset', () => {
  expect(parseSettings({ PORT: '9000' }, {}).PORT).toBe(9000)
  expect(parseSettings({ PORT: '9000' }, { PORT: '9001' }).PORT).toBe(9001)
  expect(parseSettings({ PORT: '9000' }, { PORT: '' }).PORT).toBe(9000)
  expect(parseSettings({ PORT: '' }, {}).PORT).toBe(8080)
})

test.each([
  ['PORT', 'http'],
  ['PORT', '0'],
  ['PORT', '65536'],
  ['PORT', '8080 '],
  ['REPLICAS', '11'],
  ['REPLICAS', '-1'],
  ['PROJECT', 'Journal'],
  ['PROJECT', '--help'],
  ['PROJECT', '$(touch /tmp/p)'],
  ['PROJECT', 'a\nb'],
  ['BIND', 'localhost'],
  ['APP_DIR', '../elsewhere'],
  ['APP_DIR', '/etc'],
  ['IMAGE_REPOSITORY', 'journal:latest'],
  ['IMAGE_REPOSITORY', 'Journal'],
  ['HEALTH_PATH', 'healthz'],
  ['HEALTH_PATH', '/a" b'],
])('%s=%j must be refused, with the value quoted', (name, value) => {
  expect(() => parseSettings({}, { [name]: value })).toThrow(JSON.stringify(value))
})

test.each(['journal', 'team/journal', 'registry.example.com/team/journal', 'localhost:5000/journal'])(
  '%s is an image name',
  (name) => {
    expect(parseSettings({}, { IMAGE_REPOSITORY: name }).IMAGE_REPOSITORY).toBe(name)
  },
)

test('an unknown key of .env must be refused with the choices; APP_… is for the application', () => {
  expect(() => parseSettings({ PROT: '8080' }, {})).toThrow(/"PROT".*PORT/)
  expect(parseSettings({ APP_GREETING: 'hello' }, {}).PORT).toBe(8080)
  expect(appVariables({ APP_GREETING: 'a', APP_PORT: '1' }, { APP_GREETING: 'b', APP_OTHER: '' })).toEqual({
    APP_GREETING: 'b',
  })
})

test.each(['ZX_PREFIX', 'NODE_OPTIONS', 'PATH', 'LD_PRELOAD', 'BASH_ENV', 'DOCKER_HOST', 'COMPOSE_FILE'])(
  '%s in .env must be refused',
  (name) => {
    expect(() => parseSettings({ [name]: 'x' }, {})).toThrow(name)
  },
)
