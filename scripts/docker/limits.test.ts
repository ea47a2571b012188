import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { TOOLKIT_LIMITS } from './limits.ts'

test('the toolkit must have the same limits in every container that runs it', () => {
  const { toolkit } = (parse(readFileSync('compose/toolkit.yaml', 'utf8')) as { services: Record<string, object> })
    .services
  const [, memory, , pids] = TOOLKIT_LIMITS
  expect(toolkit).toMatchObject({ mem_limit: memory, pids_limit: Number(pids) })
})
