import { readBody } from '../../cli/io/body.ts'
import { identityProblem } from '../readiness.ts'

/**
 * Asks for the health at a URL that ends in `path`. Gives why its answer is not of the expected version; undefined where it is.
 * Throws where nobody answers within five seconds.
 */
export async function askHealth(
  url: string,
  path: string,
  expected: Parameters<typeof identityProblem>[1],
): Promise<string | undefined> {
  const signal = AbortSignal.timeout(5000)
  // A redirect may lead anywhere: it is an answer like any other.
  const response = await fetch(url, { signal, redirect: 'manual', headers: { connection: 'close' } })
  return identityProblem({ path, status: response.status, body: await readBody(response) }, expected)
}
