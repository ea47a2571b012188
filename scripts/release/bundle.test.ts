import { expect, test } from 'vitest'
import { parseBundle, shapeOf } from './bundle.ts'

const id = `sha256:${'a'.repeat(64)}`
const bundle = { format: 1, project: 'journal', version: '1.0.0', image: id, images: { 'journal:1.0.0': id } }

test('a bundle must be read as it was written', () => {
  expect(parseBundle(JSON.stringify(bundle))).toEqual(bundle)
})

test.each([
  ['no JSON', 'x'],
  ['nothing', 'null'],
  ['another format', JSON.stringify({ ...bundle, format: 2 })],
  ['a version that is none', JSON.stringify({ ...bundle, version: '--help' })],
  ['an id that is none', JSON.stringify({ ...bundle, image: 'latest' })],
  ['no image', JSON.stringify({ ...bundle, images: {} })],
  ['a name that is an option', JSON.stringify({ ...bundle, images: { '--help': id } })],
  ['a name with a command', JSON.stringify({ ...bundle, images: { 'a$(touch /tmp/p)': id } })],
])('%s must be refused', (_, text) => {
  expect(() => parseBundle(text)).toThrow('bundle.json')
})

test('the settings that go along must be those of the application alone', () => {
  const settings = {
    PROJECT: 'p',
    APP_DIR: 'a',
    APP_COMPOSE: 'c',
    APP_PORT: 1,
    HEALTH_PATH: '/',
    IMAGE_REPOSITORY: 'i',
  }
  expect(shapeOf({ ...settings, BACKUP_PASSWORD_FILE: 'secrets/x' }).split('\n')).toEqual([
    ...['PROJECT=p', 'APP_DIR=a', 'APP_COMPOSE=c', 'APP_PORT=1', 'HEALTH_PATH=/', 'IMAGE_REPOSITORY=i', ''],
  ])
})
