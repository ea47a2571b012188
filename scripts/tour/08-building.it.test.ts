import { expect, test } from 'vitest'
import { buildImage, layersOf, PYTHON, unique } from './io/lesson.ts'

// Each RUN leaves something that a second run would not leave: an equal layer was therefore reused.
const DOCKERFILE = `FROM ${PYTHON}
RUN cat /proc/sys/kernel/random/uuid > /before
COPY requirements.txt /
RUN cat /proc/sys/kernel/random/uuid > /after
`
const INSTRUCTIONS = DOCKERFILE.trim().split('\n').slice(1)

test('a second build must reuse every layer', async () => {
  const files = { 'requirements.txt': unique('requirement') }
  await using first = await buildImage(DOCKERFILE, files)
  await using second = await buildImage(DOCKERFILE, files)
  expect(await layersOf(second.name)).toEqual(await layersOf(first.name))
  expect(cachedSteps(second.log)).toEqual(INSTRUCTIONS)
})

test('a changed requirements file must rebuild only what follows', async () => {
  await using first = await buildImage(DOCKERFILE, { 'requirements.txt': unique('requirement') })
  await using second = await buildImage(DOCKERFILE, { 'requirements.txt': unique('requirement') })
  const [before, after] = await Promise.all([layersOf(first.name), layersOf(second.name)])
  const reused = after.map((layer, n) => layer === before[n])
  const base = await layersOf(PYTHON)
  expect(reused).toEqual([...base.map(() => true), true, false, false])
  expect(cachedSteps(second.log)).toEqual(INSTRUCTIONS.slice(0, 1))
})

// Progress names a step ("#5 [2/4] COPY …") and says on a line of its own that the cache had it ("#5 CACHED").
// FROM is left out: it builds no layer, and is called CACHED only where BuildKit has used that base image before.
function cachedSteps(log: string): string[] {
  const cached = new Set(Array.from(log.matchAll(/^(#\d+) CACHED$/gm), ([, step]) => step))
  const steps = Array.from(log.matchAll(/^(#\d+) \[(\d+)\/\d+\] (.+)$/gm), ([, step, n, text = '']) => ({
    step,
    n,
    text,
  }))
  return steps
    .filter(({ step, text }) => cached.has(step) && !text.startsWith('FROM '))
    .sort((a, b) => Number(a.n) - Number(b.n))
    .map(({ text }) => text)
}
