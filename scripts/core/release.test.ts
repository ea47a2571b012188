import { expect, test } from 'vitest'
import { companionsOf, makeRelease } from './release.ts'

const image = { id: 'sha256:a', version: '1.0.0', revision: 'r', volumes: ['/data'] }
const compose = (app: object) => ({
  name: 'p',
  services: { app: { image: 'sha256:a', volumes: [{ target: '/data' }], ...app }, proxy: {}, db: {} },
})

test('the same image and configuration must be the same release, and any change another', () => {
  const id = (app: object, of = image) => makeRelease(compose(app), of).id
  expect(id({})).toBe(id({}))
  expect(id({ environment: { A: 'b' } })).not.toBe(id({}))
  expect(id({}, { ...image, version: '1.0.1' })).toBe(id({}))
})

test('only the application must carry the release: the proxy is not restarted by another one', () => {
  const { services } = makeRelease(compose({}), image).compose
  const other = makeRelease(compose({ environment: { A: 'b' } }), image).compose
  expect(services['proxy']).toEqual(other.services['proxy'])
  expect(services['app']?.labels).not.toEqual(other.services['app']?.labels)
  expect(companionsOf(makeRelease(compose({}), image))).toEqual(['db'])
})

test('a volume of the image that nothing is mounted at must be refused: its data would not outlive a deploy', () => {
  expect(() => makeRelease(compose({ volumes: [] }), image)).toThrow('/data')
})

test('a compose file that does not run the image must be refused', () => {
  expect(() => makeRelease(compose({ image: 'other' }), image)).toThrow('APP_IMAGE')
})
