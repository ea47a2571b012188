import { expect, test } from 'vitest'
import { docker, idle, inside, inspect, PYTHON, remove, unique } from './io/lesson.ts'

test('a container adds a writable layer, which holds exactly what it changed', async () => {
  await using started = await idle(PYTHON).start()
  await inside(started, 'echo mine > /note')
  expect(await docker('diff', started.getId())).toBe('A /note\n')
})

test('stop and start must keep the writable layer', async () => {
  await using started = await idle(PYTHON).start()
  await inside(started, 'echo mine > /note')
  await docker('stop', '-t', '0', started.getId())
  expect((await inspect(started)).State.Status).toBe('exited')
  await docker('start', started.getId())
  expect(await inside(started, 'cat /note')).toBe('mine\n')
})

test('remove must lose the writable layer', async () => {
  const name = unique('again')
  await using removed = await idle(PYTHON).withName(name).start()
  await inside(removed, 'echo mine > /note')
  await remove(removed)
  await using next = await idle(PYTHON).withName(name).start()
  expect(await inside(next, 'ls /note || true')).toContain('No such file')
})

test('running an image twice must make two containers', async () => {
  await using one = await idle(PYTHON).start()
  await using two = await idle(PYTHON).start()
  await inside(one, 'echo mine > /note')
  expect(two.getId()).not.toBe(one.getId())
  expect((await inspect(two)).Image).toBe((await inspect(one)).Image)
  expect(await inside(two, 'ls /note || true')).toContain('No such file')
})
