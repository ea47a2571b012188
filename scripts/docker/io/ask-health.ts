import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { get as getTls } from 'node:https'
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
  const response = await ask(url)
  return identityProblem({ path, status: response.statusCode ?? 0, body: await readBody(response) }, expected)
}

/** Where a URL redirects to; undefined where it does not. Throws where nobody answers within five seconds. */
export async function leadsTo(url: string): Promise<string | undefined> {
  const response = await ask(url)
  response.destroy()
  return response.headers.location
}

async function ask(url: string): Promise<IncomingMessage> {
  const signal = AbortSignal.timeout(5000)
  // As the proxy asks (scripts/proxy/haproxy.ts): an application may answer to names alone. A redirect may lead anywhere: it is an answer like any other.
  const options = { signal, agent: false as const, headers: { host: 'localhost', accept: '*/*' } }
  const asked = url.startsWith('https:') ? getTls(url, { ...options, ...ANY_CERTIFICATE }) : get(url, options)
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  return response
}

// An application has one of its own making.
const ANY_CERTIFICATE = { rejectUnauthorized: false, servername: 'localhost' }
