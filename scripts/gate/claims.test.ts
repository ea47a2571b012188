import { expect, test } from 'vitest'
import { parseSettings } from '../config/settings.ts'
import { type Claims, hostsOf, isClaims, SLOTS, wantedOf, withClaim, withoutClaim } from './claims.ts'

const wanted = (environment: Record<string, string>) => wantedOf(parseSettings([], environment))
const join = (claims: Claims, project: string, HOSTS: string) => withClaim(claims, project, wanted({ HOSTS }))

test.each(['Example.COM,www.example.com', 'a.b.c/shop/v-1', 'journal.localhost', 'xn--bcher-kva.example', 'x1'])(
  'HOSTS=%s must be taken, in lower case',
  (HOSTS) => {
    expect(wanted({ HOSTS }).sites).toEqual(HOSTS.toLowerCase().split(','))
  },
)

test.each([
  'example.com.',
  'example.com,',
  'example.com:8080',
  'https://example.com',
  '*.example.com',
  '-a.example.com',
  'example.com/',
  'example.com/a b',
  'a..b',
  '127.0.0.1',
  'a@b',
  'a_b.example.com',
  'a.example.com\nb.example.com',
  `${'a'.repeat(64)}.com`,
])('HOSTS=%j must be refused', (HOSTS) => {
  expect(() => wanted({ HOSTS })).toThrow(/HOSTS=/)
})

test('a name that another project has must be refused with who has it; the own names may be asked for again', () => {
  const claims = join({}, 'journal', 'example.com,www.example.com')
  expect(() => join(claims, 'shop', 'shop.example.com,www.example.com')).toThrow(
    'HOSTS has www.example.com, which the project "journal" of this engine has',
  )
  expect(join(claims, 'journal', 'www.example.com')['journal']?.sites).toEqual(['www.example.com'])
  expect(join(claims, 'shop', 'example.com/shop')['shop']?.slot).toBe(2)
})

test('a project must keep its slot, and a slot that is free again must be given away', () => {
  const two = join(join({}, 'a', 'a.test'), 'b', 'b.test')
  expect(join(two, 'a', 'c.test')['a']?.slot).toBe(1)
  expect(join(withoutClaim(two, 'a'), 'd', 'd.test')['d']?.slot).toBe(1)
  let full: Claims = {}
  for (let index = 0; index < SLOTS; index++) full = join(full, `p${index}`, `p${index}.test`)
  expect(() => join(full, 'late', 'late.test')).toThrow(`the gate has room for ${SLOTS} projects`)
  expect(isClaims(JSON.parse(JSON.stringify(full)))).toBe(true)
})

test('the certificate must come from where the settings say, and an authority needs consent and an address', () => {
  expect(wanted({}).tls).toBe('none')
  expect(wanted({ TLS: 'local', TLS_CERT_FILE: 'x' }).tls).toBe('local')
  expect(wanted({ TLS_CERT_FILE: 'x', ACME_AGREE: 'yes', ACME_EMAIL: 'a@b.c' }).tls).toBe('own')
  expect(wanted({ ACME_AGREE: 'yes', ACME_EMAIL: 'a@b.c' }).tls).toBe('acme')
  expect(() => wanted({ ACME_AGREE: 'yes' })).toThrow('ACME_EMAIL')
  expect(() => wanted({ ACME_EMAIL: 'a@b.c' })).toThrow('nobody has agreed')
})

test.each([
  { sites: ['a.test b'] },
  { sites: ['a.test\n'] },
  { slot: 0 },
  { slot: SLOTS + 1 },
  { tls: 'x' },
  { acme: { directory: 'a b', email: '', dns: '' } },
])('a ledger that says %j must be read as damaged: its values become lines of configuration', (change) => {
  const claims = join({}, 'journal', 'example.com')
  expect(isClaims({ journal: { ...claims['journal'], ...change } })).toBe(false)
})

test('the hosts of names with paths must be those names once', () => {
  expect(hostsOf({ sites: ['a.test', 'a.test/x', 'b.test/y'] })).toEqual(['a.test', 'b.test'])
})
