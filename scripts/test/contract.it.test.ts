import { Wait } from 'testcontainers'
import { expect, test } from 'vitest'
import { OCI } from '../core/labels.ts'
import { identityProblem } from '../core/readiness.ts'
import { findImage } from '../io/engine.ts'
import { TestContainer } from '../io/test-container.ts'

// What a deploy relies on, whatever the application: asked of the very image that was built.
const name = process.env['IMAGE_UNDER_TEST'] ?? ''
const port = Number(process.env['APP_PORT'] || 8000)
const path = process.env['HEALTH_PATH'] || '/healthz'
const config = (await findImage(name))?.Config
const label = (key: string) => config?.Labels?.[`${OCI}.${key}`] ?? ''

test('the image must say what it is in OCI labels', () => {
  for (const key of ['title', 'version', 'revision', 'created', 'base.name', 'base.digest'])
    expect(label(key), key).not.toBe('')
})

test('the image must run as a numeric user that is not root', () => {
  expect(config?.User).toMatch(/^[1-9]\d*(:\d+)?$/)
})

test('the image must have a health check, which a deploy waits for', () => {
  expect(config?.Healthcheck?.Test?.[0]).toMatch(/^CMD/)
})

test('the answer of the health path must name the version and revision of the labels', async () => {
  await using container = await new TestContainer(name)
    .withExposedPorts(port)
    .withWaitStrategy(Wait.forHttp(path, port))
    .start()
  const response = await fetch(`http://${container.getHost()}:${container.getMappedPort(port)}${path}`)
  const answer = { status: response.status, body: await response.text() }
  expect(identityProblem(answer, { version: label('version'), revision: label('revision') })).toBeUndefined()
})
