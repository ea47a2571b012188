import { expect, test } from 'vitest'
import { findComposeFiles } from './compose-files.ts'

test('those of tests must not be read beside an application, and those for development last', () => {
  expect(findComposeFiles(['docker/Dockerfile', 'test/oidc/compose.yaml'])).toEqual([])
  expect(findComposeFiles(['obj/Docker/docker-compose.vs.release.partial.g.yml'])).toEqual([])
  expect(findComposeFiles(['examples/a/compose.yaml'])).toEqual(['examples/a/compose.yaml'])
  const files = ['a/compose.yaml', '.dev/compose.yml', 'compose.prod.yml', 'compose.mysql.yml', 'compose.dev.yml']
  expect(findComposeFiles(files.toReversed())).toEqual(files)
})

test('a Compose file by any name must be found, after those that Compose looks for', () => {
  const files = [
    'db-docker-compose.yml',
    'Docker-compose.yml',
    'compose.yaml',
    'decompose.yaml',
    'example.compose.yaml',
    'docker-stack.prod.yml',
    'stack.yml',
    'haystack.yml',
    'local.yml',
    'locale.yml',
    'production.yml',
  ]
  expect(findComposeFiles(files).toSorted()).toEqual([
    ...['Docker-compose.yml', 'compose.yaml', 'db-docker-compose.yml', 'docker-stack.prod.yml', 'local.yml'],
    ...['production.yml', 'stack.yml'],
  ])
  expect(findComposeFiles(files)[0]).toBe('compose.yaml')
})

test('of files that are called after their purpose alone, that for production must come first', () => {
  const files = ['production.yml', 'local.yml']
  expect(findComposeFiles(files.toReversed())).toEqual(files)
})
