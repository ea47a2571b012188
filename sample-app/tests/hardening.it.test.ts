// Not reached by: src/journal/templates/**, tests/test_*.py
import { Wait } from 'testcontainers'
import { expect, test } from 'vitest'
import { createVolume, engine, image, Journal, post, request } from './support.ts'

test('it must serve as user 10001 without capabilities, and its own health check must say so [security 1] [security 5] [security 6] [security 28]', async () => {
  await using volume = await createVolume()
  await using journal = await new Journal(volume.name).withWaitStrategy(Wait.forHealthCheck()).start()
  expect(await post(journal, 'hardened')).toBe(201)
  const { output } = await journal.exec([
    'sh',
    '-c',
    'cat /proc/1/status; find / -xdev -perm /6000 -type f 2>/dev/null',
  ])
  expect(output).toMatch(/^Uid:\t10001\t10001/m)
  expect(output).toMatch(/^CapEff:\t0+$/m)
  expect(output).toMatch(/^NoNewPrivs:\t1$/m)
  expect(output).not.toMatch(/^\//m)
})

test('the image must declare its user, volume, stop signal, health check and base', async () => {
  const { Config: config } = await (await engine()).getImage(image('IMAGE_UNDER_TEST')).inspect()
  expect(config).toMatchObject({ User: '10001:10001', StopSignal: 'SIGTERM', Volumes: { '/data': {} } })
  expect(config.Healthcheck).toMatchObject({ StartInterval: 100_000_000 })
  expect(config.Labels?.['org.opencontainers.image.base.name']).toMatch(/^python:/)
  expect(config.Labels?.['org.opencontainers.image.base.digest']).toMatch(/^sha256:/)
})

test('storage that cannot be written must be 503, and still be read', async () => {
  await using volume = await createVolume()
  {
    await using writable = await new Journal(volume.name).start()
    expect(await post(writable, 'kept')).toBe(201)
  }
  const waiting = Wait.forHttp('/healthz', 8000).forStatusCode(503)
  await using journal = await new Journal(volume.name, 'ro').withWaitStrategy(waiting).start()
  const health = (await (await request(journal, '/healthz')).json()) as { storage: string }
  expect(health.storage).toContain('readonly')
  expect(await post(journal, 'lost?')).toBe(503)
  expect(await (await request(journal, '/entries')).json()).toMatchObject({ total: 1 })
})
