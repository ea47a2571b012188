import { expect, test } from 'vitest'
import { findComposeFiles } from './compose-files.ts'

test('those of tests must not be read beside an application, and those for development last', () => {
  expect(findComposeFiles(['docker/Dockerfile', 'test/oidc/compose.yaml'])).toEqual([])
  expect(findComposeFiles(['examples/a/compose.yaml'])).toEqual(['examples/a/compose.yaml'])
  const files = ['docker-compose.dev.yml', 'docker-compose.mysql.yml', 'app/compose.yaml']
  expect(findComposeFiles(files)).toEqual(['app/compose.yaml', 'docker-compose.mysql.yml', 'docker-compose.dev.yml'])
})
