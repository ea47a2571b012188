import { once } from 'node:events'
import { createServer } from 'node:http'
import { Failure, messageOf } from '../../cli/failure.ts'
import { catchSignals, checkSignals } from '../../cli/io/interrupt.ts'
import { log } from '../../cli/io/log.ts'
import { waitFor } from '../../cli/io/wait.ts'
import type { Config } from '../../config/io/read.ts'
import { renderPage } from '../page.ts'
import { askRepository, gatherReport } from './gather.ts'

// `/` is made anew every five seconds. Who reads slowly, or goes by keys, holds it still.
const PATHS: Readonly<Record<string, { other: { path: string; says: string }; headers: Record<string, string> }>> = {
  '/': { other: { path: '/still', says: 'hold it still' }, headers: { refresh: '5' } },
  '/still': { other: { path: '/', says: 'follow it' }, headers: {} },
}

/** Serves the report on this host alone, made anew for each request, until a signal ends it. Nothing can be changed by it. */
export async function serveReport(config: Config): Promise<void> {
  const { UI_PORT } = config
  requireOwnEngine(config, 'ui')
  catchSignals()
  const snapshots = await askRepository(config)
  const server = createServer((request, response): void => {
    const path = PATHS[request.url ?? '']
    const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', ...path?.headers }
    const answer = (status: number, type: string, body: string) =>
      response.writeHead(status, { 'content-type': type, ...headers }).end(request.method === 'HEAD' ? undefined : body)
    // A page of another site may have its name lead here, and would then read what is shown.
    const isOurs = /^(?:localhost|127\.0\.0\.1)(?::\d+)?$/.test(request.headers.host ?? '')
    if (!isOurs || !['GET', 'HEAD'].includes(request.method ?? '')) answer(403, 'text/plain', 'forbidden\n')
    else if (!path) answer(404, 'text/plain', 'there is nothing but / and /still\n')
    else
      gatherReport(config, snapshots)
        .then((report) => answer(200, 'text/html; charset=utf-8', renderPage({ ...report, other: path.other })))
        .catch((error: unknown) => answer(503, 'text/plain; charset=utf-8', `${messageOf(error)}\n`))
  })
  server.listen(UI_PORT, '127.0.0.1')
  await once(server, 'listening').catch(() => {
    throw new Failure(`port ${UI_PORT} of 127.0.0.1 is taken`, { next: 'make ui UI_PORT=…   (a free one)' })
  })
  log.note(`http://127.0.0.1:${UI_PORT}   (Ctrl-C ends it)`)
  try {
    for (;;) {
      await waitFor(async () => false, 1)
      checkSignals()
    }
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

/** Throws a Failure where the engine is another host's: what is shown is read from this one's. */
export function requireOwnEngine({ ENGINE }: Config, target: string): void {
  if (ENGINE !== '')
    throw new Failure(`make ${target} shows the engine of this host, and ENGINE=${JSON.stringify(ENGINE)}`, {
      next: `make ${target} on that host, or: make status ENGINE=${ENGINE}`,
    })
}
