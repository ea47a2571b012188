import { expect, test } from 'vitest'
import { readListing, requireNamed, requireSums } from './bundle-listing.ts'

const line = (path: string, type = '-', size: number | string = 9) =>
  `${type}rw-r--r-- 0/0 ${size} 1970-01-01 00:00 ${path}`
const good = ['bundle.json', 'SHA256SUMS', 'images.tar.gz'].map((name) => line(`j-1.0.0/${name}`))
const list = (...more: string[]) => readListing([line('j-1.0.0/', 'd', 0), ...good, ...more].join('\n'), 1e9)

test('a bundle must be read, with the links that git keeps', () => {
  expect(list(line('j-1.0.0/a -> b', 'l', 0), line('j-1.0.0/a b')).names).toEqual([
    'bundle.json',
    'SHA256SUMS',
    'images.tar.gz',
    'a',
    'a b',
  ])
})

test.each([
  ['a pipe', line('j-1.0.0/x', 'p'), 'x is no regular file'],
  ['a device', line('j-1.0.0/x', 'c', '1,3'), 'x is no regular file'],
  ['a hard link', line('j-1.0.0/x link to j-1.0.0/y', 'h'), 'is no regular file'],
  ['a link for the signature', line('j-1.0.0/SHA256SUMS.sig -> /etc/passwd', 'l'), 'is no regular file'],
  ['a path above', line('j-1.0.0/../x'), 'outside its folder'],
  ['an absolute path', line('/etc/x'), 'outside its folder'],
  ['5 TB', line('j-1.0.0/x', '-', 5e12), 'too large'],
  ['a signature of 100 MB', line('j-1.0.0/SHA256SUMS.sig', '-', 1e8), 'too large'],
  ['a second bundle.json', line('j-1.0.0/bundle.json'), 'bundle.json twice'],
])('%s must be refused [security 36]', (_, more, problem) => {
  expect(() => list(more)).toThrow(problem)
})

test('a bundle without its images must be refused', () => {
  expect(() => readListing(good.slice(0, 2).join('\n'), 1e9)).toThrow('lacks images.tar.gz')
})

test('the checksums must name each file, and no other', () => {
  const sums = (...names: string[]) => names.map((name) => `${'a'.repeat(64)}  ${name}\n`).join('')
  expect(() => requireSums(sums('a'), ['a', '.env', 'SHA256SUMS', 'SHA256SUMS.sig'])).not.toThrow()
  expect(() => requireSums(sums('a'), ['a', 'b'])).toThrow('does not name b')
  expect(() => requireSums(sums('a', 'b'), ['a'])).toThrow('lacks b')
  expect(() => requireSums('no sum\n', ['a'])).toThrow('has the line')
})

const IMAGES = { 'team/shop:1.0.0': 'sha256:a', redis: 'sha256:b' }
const manifest = (...names: (string | null)[]) => JSON.stringify([{ RepoTags: names, Config: 'x' }])
const index = (name: string) => JSON.stringify({ manifests: [{ annotations: { 'io.containerd.image.name': name } }] })

test('an archive must name the images of bundle.json alone, in each of the ways that an engine reads', () => {
  const good = manifest('team/shop:1.0.0', 'redis:latest')
  expect(() => requireNamed([good, index('docker.io/library/redis:latest'), ''], IMAGES)).not.toThrow()
  expect(() => requireNamed(['[{"RepoTags":null}]', '', ''], IMAGES)).not.toThrow()
  for (const texts of [
    [manifest('team/shop:1.0.0', 'dartagnan/toolkit:x'), '', ''],
    [good, index('docker.io/library/nginx:latest'), ''],
    [good, '', '{"team/shop":{"2.0.0":"x"}}'],
  ])
    expect(() => requireNamed(texts, IMAGES)).toThrow('which bundle.json does not name')
})

test.each([
  '[{"RepoTags":["evil:1"],"RepoTags":["redis"]}]',
  '[{"repotags":["evil:1"],"RepoTags":["redis"]}]',
  '[{"RepoTags":["redis"],"RepoTag\u017f":["evil:1"]}]',
  '[{"RepoTags":["redis"],"Config":"a","config":"b"}]',
  '[{"RepoTags":["redis"],"Config" : "a","\\u0043onfig":"b"}]',
])('a manifest that says a key twice must be refused: %s [security 36]', (text) => {
  expect(() => requireNamed([text, '', ''], IMAGES)).toThrow('cannot be read')
  expect(() => requireNamed([manifest('redis'), '', '{"redis":{"latest":"x","LATEST":"y"}}'], IMAGES)).toThrow()
})

test('a text that looks like a key must not count as one', () => {
  const text = JSON.stringify([{ RepoTags: ['redis'], Config: 'a":1,"Config":"b', Layers: ['"x":', 'Config'] }])
  expect(() => requireNamed([text, '', ''], IMAGES)).not.toThrow()
})

test.each(['', 'null', '{}', '[{"RepoTags":"redis"}]', '['.repeat(9000), `[{"x":${'['.repeat(400_000)}`])(
  'a manifest %j must be refused',
  (text) => {
    expect(() => requireNamed([text, '', ''], IMAGES)).toThrow('cannot be read')
  },
)
