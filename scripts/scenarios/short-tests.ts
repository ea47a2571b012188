import { globSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { TestProject } from '../testing/test-project.ts'

const STARTS = `// Not reached by: src/journal/templates/**
import { expect, test } from 'vitest'
import { Journal, post } from './support.ts'
test('it must start', async () => {
  await using journal = await new Journal().withStartupTimeout(10_000).start()
  expect(await post(journal, 'a line')).toBe(201)
})
`

/** Removes the sample's own tests, but for the files that match `keep`. To be committed. */
export function removeTests(project: TestProject, keep?: RegExp): void {
  for (const file of globSync('sample-app/tests/*', { cwd: project.folder }))
    if (!keep?.test(file)) rmSync(join(project.folder, file))
}

/** Puts a short suite in the place of the sample's own, which run in `make check`. To be committed. */
export function shortenTests(project: TestProject): void {
  removeTests(project, /(conftest|test_errors)\.py$|support\.ts$/)
  project.write('sample-app/tests/starts.it.test.ts', STARTS)
}
