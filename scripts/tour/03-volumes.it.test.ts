import { expect, test } from 'vitest'
import { orUndefined } from '../docker/io/engine.ts'
import { buildImage, container, createVolume, inside, inspect, PYTHON, remove, run, withData } from './io/lesson.ts'

test('a volume must outlive its container', async () => {
  await using volume = await createVolume()
  await using writer = await withData(volume.name).start()
  await inside(writer, 'echo kept > /data/line')
  await remove(writer)
  expect(await orUndefined(inspect(writer))).toBeUndefined()
  await using reader = await withData(volume.name).start()
  expect(await inside(reader, 'cat /data/line')).toBe('kept\n')
})

test('version 1.2 must read what version 1.1 wrote', async () => {
  const version = (name: string) =>
    buildImage(`FROM ${PYTHON}\nCMD ["sh", "-c", "echo written by ${name} >> /data/lines; cat /data/lines"]\n`)
  await using old = await version('1.1')
  await using replacement = await version('1.2')
  await using volume = await createVolume()
  expect(await run(withData(volume.name, container(old.name)))).toBe('written by 1.1\n')
  expect(await run(withData(volume.name, container(replacement.name)))).toBe('written by 1.1\nwritten by 1.2\n')
})

test('containers that append to one file of a shared volume at once must not lose a line', async () => {
  const [writers, lines] = [4, 250]
  await using volume = await createVolume()
  await using running = new AsyncDisposableStack()
  const started = []
  for (let n = 0; n < writers; n++) started.push(running.use(await withData(volume.name).start()))
  // Each waits for all the others before its first line.
  const append = `touch /data/ready.$HOSTNAME; until [ $(ls /data/ready.* | wc -l) -eq ${writers} ]; do :; done
    for n in $(seq ${lines}); do echo "$HOSTNAME $n" >> /data/lines; done`
  await Promise.all(started.map((writer) => inside(writer, append)))
  const expected = started.flatMap((writer) =>
    Array.from({ length: lines }, (_, n) => `${writer.getId().slice(0, 12)} ${n + 1}`),
  )
  const found = await run(withData(volume.name, container(PYTHON)).withCommand(['cat', '/data/lines']))
  expect(found.trimEnd().split('\n').sort()).toEqual(expected.sort())
})
