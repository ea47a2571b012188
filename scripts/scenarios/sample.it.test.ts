import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { proving } from '../testing/proof.ts'
import { TestProject } from '../testing/test-project.ts'

test('the image of the sample must pass its own tests and those of every application', async () => {
  await using project = await TestProject.create()
  // The same suite a second time, on PostgreSQL, is for the proof. What is there for PostgreSQL alone, such as migrations at once, stays.
  if (!proving) rmSync(join(project.folder, 'sample-app/tests/postgres.it.test.ts'))
  await project.commit('1.1.0')
  const { stdout } = await project.must('build test')
  expect(stdout).toMatch(/^passed: 1\.1\.0, application in .* s, integration in .* s/m)
})
