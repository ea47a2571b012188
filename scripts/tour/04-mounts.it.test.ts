import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { engine, orUndefined } from '../docker/io/engine.ts'
import {
  buildImage,
  createFolder,
  createVolume,
  docker,
  idle,
  inside,
  inspect,
  LABELLED,
  PYTHON,
  remove,
  withData,
} from './io/lesson.ts'

test('a volume declared in the Dockerfile must be new with each container, filled from the image, and gone after rm -v', async () => {
  await using image = await buildImage(`FROM ${PYTHON}\nRUN mkdir /data && echo first > /data/lines\nVOLUME /data\n`)
  await using one = await idle(image.name).start()
  await using two = await idle(image.name).start()
  await inside(one, 'echo second >> /data/lines')
  expect(await inside(one, 'cat /data/lines')).toBe('first\nsecond\n')
  expect(await inside(two, 'cat /data/lines')).toBe('first\n')
  // In the volume, hence not in the container's own layer.
  expect(await docker('diff', one.getId())).toBe('')
  const [mount] = (await inspect(one)).Mounts
  expect(mount).toMatchObject({ Type: 'volume', Name: expect.stringMatching(/^[0-9a-f]{64}$/), Destination: '/data' })
  await remove(one)
  expect(await orUndefined(engine.getVolume(mount?.Name ?? '').inspect())).toBeUndefined()
})

test('a named volume must be shared by the containers that name it, and only by them', async () => {
  await using volume = await createVolume()
  await using other = await createVolume()
  await using writer = await withData(volume.name).start()
  await using reader = await withData(volume.name).start()
  await using stranger = await withData(other.name).start()
  await inside(writer, 'echo shared > /data/line')
  expect((await inspect(writer)).Mounts).toMatchObject([{ Type: 'volume', Name: volume.name, Destination: '/data' }])
  expect(await inside(reader, 'cat /data/line')).toBe('shared\n')
  expect(await inside(stranger, 'ls /data')).toBe('')
})

test('a bind mount must be a folder of the host, seen from both sides', async () => {
  using folder = createFolder()
  writeFileSync(join(folder.path, 'question'), 'who goes there?\n')
  await using started = await withData(folder.path).start()
  expect((await inspect(started)).Mounts).toMatchObject([{ Type: 'bind', Source: folder.path, Destination: '/data' }])
  expect(await inside(started, 'cat /data/question; echo a friend > /data/answer')).toBe('who goes there?\n')
  expect(readFileSync(join(folder.path, 'answer'), 'utf8')).toBe('a friend\n')
})

test('volumes_from must mount the volumes of another container', async () => {
  await using volume = await createVolume()
  await using owner = await withData(volume.name).start()
  await inside(owner, 'echo of the owner > /data/lines')
  const line = 'cat /data/lines; echo of the guest >> /data/lines'
  const seen = await docker('run', '--rm', ...LABELLED, '--volumes-from', owner.getId(), PYTHON, 'sh', '-c', line)
  expect(seen).toBe('of the owner\n')
  expect(await inside(owner, 'cat /data/lines')).toBe('of the owner\nof the guest\n')
})
