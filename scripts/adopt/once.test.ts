import { expect, test } from 'vitest'
import { bind, EMPTY, projectOf, ROOT, WEB } from '../testing/adoption.ts'
import { fatesOf } from './mounts.ts'

// A dozen rules ask for the fates of the same mounts: each time, all files of the repository were looked through again.

test('what becomes of the mounts of a service is decided once, and anew for a service that differs', () => {
  const spec = { ...WEB, volumes: [bind('src', '/app/src')] }
  const project = projectOf({ web: spec })
  const old = { tree: EMPTY, project, service: 'web', spec, stage: undefined, folders: new Map<string, string>() }
  expect(fatesOf(old)).toBe(fatesOf(old))
  expect(fatesOf(old).map(({ fate }) => fate)).toEqual(['data'])
  const tracked = ['src/a.js']
  expect(fatesOf({ ...old, tree: { ...EMPTY, tracked } }).map(({ fate }) => fate)).toEqual(['baked'])
  expect(fatesOf({ ...old, folders: new Map([[`${ROOT}/src`, 'src']]) }).map(({ fate }) => fate)).toEqual(['data'])
})
