import { expect, test } from 'vitest'
import { engine } from '../docker/io/engine.ts'
import { buildImage, container, idle, inside, layersOf, PYTHON, run } from './io/lesson.ts'

const DOCKERFILE = `FROM ${PYTHON}
COPY greeting /
RUN echo world >> /greeting
CMD ["cat", "/greeting"]
`
const files = { greeting: 'hello\n' }

test('an image is layers on top of those of its base, and history shows them', async () => {
  await using image = await buildImage(DOCKERFILE, files)
  const [base, layers] = await Promise.all([layersOf(PYTHON), layersOf(image.name)])
  expect(layers.slice(0, base.length)).toEqual(base)
  const history: { CreatedBy: string; Size: number }[] = await engine.getImage(image.name).history()
  const filled = history.filter(({ Size }) => Size > 0).map(({ CreatedBy }) => CreatedBy)
  expect(layers.slice(base.length)).toHaveLength(2)
  expect(filled[0]).toContain('RUN /bin/sh -c echo world >> /greeting')
  expect(filled[1]).toContain('COPY greeting /')
})

test('an image is read-only: what a container changes must not reach it', async () => {
  await using image = await buildImage(DOCKERFILE, files)
  const layers = await layersOf(image.name)
  await using changed = await idle(image.name).start()
  expect(await inside(changed, 'echo again >> /greeting; cat /greeting')).toBe('hello\nworld\nagain\n')
  expect(await layersOf(image.name)).toEqual(layers)
  expect(await run(container(image.name))).toBe('hello\nworld\n')
})
