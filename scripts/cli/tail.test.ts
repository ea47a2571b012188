import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Tail } from './tail.ts'

test('of a stream its last bytes must be kept, those of a character together, and the others be counted', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(64), fc.integer({ min: 1, max: 9 }), (text, most, size) => {
      const tail = new Tail(most)
      const all = Buffer.from(text)
      for (let at = 0; at < all.length; at += size) tail.push(all.subarray(at, at + size))
      expect(tail.text()).toBe(all.subarray(tail.dropped).toString())
      const kept = all.length - tail.dropped
      expect(kept >= Math.min(most, all.length) && kept < most + size + 1).toBe(true)
    }),
  )
})
