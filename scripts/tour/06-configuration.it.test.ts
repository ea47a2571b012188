import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { buildImage, container, createFolder, docker, LABELLED, PYTHON, run } from './io/lesson.ts'

const DOCKERFILE = `FROM ${PYTHON}
ENV MOTTO="of the image" PLACE="of the image"
CMD ["sh", "-c", "echo $MOTTO, $PLACE"]
`

test('environment variables must reach the process and override the defaults of the image', async () => {
  await using image = await buildImage(DOCKERFILE)
  expect(await run(container(image.name))).toBe('of the image, of the image\n')
  expect(await run(container(image.name).withEnvironment({ MOTTO: 'all for one' }))).toBe('all for one, of the image\n')
})

test('an env file must reach the process, and a variable given by name must override it', async () => {
  await using image = await buildImage(DOCKERFILE)
  using folder = createFolder()
  const file = join(folder.path, 'lesson.env')
  writeFileSync(file, '# a comment\nMOTTO=from the file\nPLACE=from the file\n')
  const runWith = (...options: string[]) =>
    docker('run', '--rm', ...LABELLED, '--env-file', file, ...options, image.name)
  expect(await runWith()).toBe('from the file, from the file\n')
  expect(await runWith('--env', 'PLACE=Paris')).toBe('from the file, Paris\n')
})
