import { createServer } from 'node:net'
import { Failure } from '../../cli/failure.ts'
import type { Settings } from '../../config/settings.ts'
import type { ContainerState } from '../container.ts'

/** Throws a Failure where anything except this project's own containers listens on BIND:PORT. */
export async function requireFreePort({ BIND, PORT }: Settings, own: readonly ContainerState[]): Promise<void> {
  if (own.some(({ ports }) => ports.includes(`${BIND}:${PORT}`)) || (await isFree(BIND, PORT))) return
  throw new Failure(`port ${PORT} of ${BIND} is taken by another program`, {
    next: `PORT=${PORT + 1} make deploy   (or set PORT in .env; \`ss -ltnp\` says who listens)`,
  })
}

/** Whether a program could listen there. The toolkit shares the host's network. */
export function isFree(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'))
    server.listen(port, address, () => server.close(() => resolve(true)))
  })
}

/** The first port, from the given one on, on which a program of this host could listen. */
export async function freePortFrom(first: number): Promise<number> {
  let port = first
  while (!(await isFree('127.0.0.1', port))) port += 1
  return port
}
