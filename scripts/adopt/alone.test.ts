import { expect, test } from 'vitest'
import { EMPTY, parseProposal, projectOf } from '../testing/adoption.ts'
import { planAdoption } from './plan.ts'
import type { Service, SourceTree } from './source-tree.ts'

// Repositories whose Dockerfiles lie in folders, or that no service of the Compose file builds.

const IMAGE = 'FROM node:24\nCOPY package.json .\nEXPOSE 3000\nCMD ["node", "a.js"]\n'
function adopt(
  sources: SourceTree['sources'],
  services?: Record<string, Service>,
  profiled: Record<string, string[]> = {},
) {
  return planAdoption({
    ...{ ...EMPTY, sources, files: Object.keys(sources), tracked: Object.keys(sources) },
    compose: services && { ...projectOf(services), profiled },
  })
}
const appOf = ({ files }: ReturnType<typeof adopt>) =>
  (
    parseProposal(files.find(({ path }) => path === 'dartagnan.compose.yaml')?.text ?? '{}') as {
      services?: { app?: object }
    }
  ).services?.app

test('the only Dockerfile must be offered, built from where its COPY lines say', () => {
  const own = adopt({ 'backend/Dockerfile': IMAGE, 'backend/package.json': '{}', 'README.md': '' })
  expect(own.settings).toMatchObject({ APP_DIR: 'backend', APP_PORT: '3000' })
  expect(appOf(own)).toBeUndefined()
  const apart = adopt({ 'docker/Dockerfile': IMAGE, 'docker/run.sh': '', 'package.json': '{}' })
  expect(apart.settings).toMatchObject({ APP_DIR: '.', APP_PORT: '3000' })
  expect(appOf(apart)).toMatchObject({ build: { context: '.', dockerfile: 'docker/Dockerfile' } })
  const other = adopt({ 'Dockerfile.prod': IMAGE, 'Dockerfile.dev': IMAGE, 'package.json': '{}' })
  expect(appOf(other)).toMatchObject({ build: { context: '.', dockerfile: 'Dockerfile.prod' } })
})

test('of several Dockerfiles the user must choose, and those of tests are none', () => {
  const several = { 'b/Dockerfile': IMAGE, 'a/Dockerfile': IMAGE, 'tests/Dockerfile': IMAGE }
  const found = '2 of them, and no service builds one: a/Dockerfile, b/Dockerfile'
  const mend =
    'for one of them: the same command with APP_DIR=a before it; for several: write a compose.yaml with a service for each'
  expect(adopt(several)).toMatchObject({ files: [], settings: {}, findings: [{ check: 'Dockerfile', found, mend }] })
  const nested = adopt({ 'a/src/main/docker/Dockerfile.jvm': IMAGE, 'b/docker/Dockerfile.alpine': IMAGE })
  const build = '{build: {context: ./a, dockerfile: src/main/docker/Dockerfile.jvm}, ports: ["PORT:PORT"]}'
  expect(nested.findings[0]?.mend).toBe(
    `write a compose.yaml with a service for each that the release needs: services: {app: ${build}}`,
  )
  const beside = adopt(several, { queue: { image: 'rabbitmq:4' } })
  expect(beside).toMatchObject({ files: [], findings: [{ mend: expect.stringContaining('to compose.yaml') }] })
})

test('where services need a profile, none of the Dockerfiles is the application', () => {
  const tree = adopt({ Dockerfile: IMAGE }, { db: { image: 'redis' } }, { web: ['prod'] })
  expect(tree.findings).toContainEqual(expect.objectContaining({ check: 'web', verdict: 'missing' }))
})

test('a tool must not become the application where a Dockerfile is, and else must be asked about', () => {
  const adminer = { image: 'adminer', ports: [{ target: 8080, published: '8080' }] }
  const built = adopt({ Dockerfile: IMAGE, 'package.json': '{}' }, { adminer, db: { image: 'mysql:8' } })
  expect(built.settings).toMatchObject({ APP_PORT: '3000' })
  expect(built.findings).toContainEqual(
    expect.objectContaining({ check: 'web', verdict: 'note', where: 'Dockerfile', confidence: 'guess' }),
  )
  expect(adopt({}, { adminer }).findings).toContainEqual(
    expect.objectContaining({ check: 'web', verdict: 'note', confidence: 'guess' }),
  )
})
