import { expect, test } from 'vitest'
import { TestProject } from '../testing/test-project.ts'

test('the image of the sample must pass its own tests and those of every application', async () => {
  await using project = await TestProject.create()
  const { stdout } = await project.must('build test')
  expect(stdout).toMatch(/^passed: 1\.0\.0, application in .* s, integration in .* s/m)
})
