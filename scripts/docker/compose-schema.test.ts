import * as v from 'valibot'
import { expect, test } from 'vitest'
import { reference } from './compose-schema.ts'

const hex = 'a'.repeat(64)
test.each([
  'redis',
  'redis:8',
  'team/a-b_c:1.4.2',
  'localhost:5000/team/a:x',
  `r.example.com/a@sha256:${hex}`,
  `sha256:${hex}`,
])('%s must be taken for the name of an image', (name) => expect(v.is(reference, name)).toBe(true))
test.each([
  '',
  '--help',
  'a b',
  'a?b',
  '../containers',
  'a/../b',
  `redis:${'a'.repeat(129)}`,
  'a:b:c',
  'a@b',
  'a\n',
  'a%2f',
])('%j must not', (name) => expect(v.is(reference, name)).toBe(false))
