import { removeLabelled } from '../../docker/io/remove-labelled.ts'
import { COMPOSE_PROJECT, TEST_LABEL } from '../../docker/labels.ts'
import { testRun, whereDead } from '../../state/io/lock.ts'

/** Removes what the tests of a project have made on the engine. Gives how many objects that were. */
export const removeTests = async (project: string): Promise<number> =>
  (await removeLabelled(`${TEST_LABEL}=${testRun(project)}`)) +
  (await removeLabelled(`${COMPOSE_PROJECT}=${project}-test`))

/** Removes what a killed `make test` has left. Gives how many objects that were: none while tests of the project run. */
export async function clearTests(project: string): Promise<number> {
  let count = 0
  await whereDead(testRun(project), async () => {
    count = await removeTests(project)
  })
  return count
}
