import { expect, test } from 'vitest'
import { mountedOf, sayMounted } from './mounted.ts'

const bind = (source: string) => ({ type: 'bind', source, target: '/x' })

test('what services mount of a checkout must be found, once, and not what is the host’s or the proxy’s own', () => {
  const services = {
    app: { volumes: [bind('/shop/pages'), bind('/shop2/x'), { type: 'volume', source: 'data', target: '/data' }] },
    worker: { volumes: [bind('/shop/pages'), bind('/shop/a$$b'), bind('/etc/localtime')] },
    proxy: { volumes: [bind('/shop/compose/proxy')] },
  }
  expect(mountedOf({ name: 'p', services }, '/shop')).toEqual(['/shop/pages', '/shop/a$b'])
})

test('a rollback must name a few mounted files that it leaves, with the command that brings them back', () => {
  const to = { version: '1.0.0', revision: '0123456789abcdef' }
  expect(sayMounted(['pages/a', 'b'], to)).toBe(
    'services mount pages/a, b of this checkout, which a rollback leaves as they are; to have them as in 1.0.0, before it: git checkout 0123456789ab -- pages/a b',
  )
  expect(sayMounted(['a', 'b', 'c', 'd'], to)).toMatch(/mount a, b, c and 1 more of .* git checkout 0123456789ab -- …$/)
})
