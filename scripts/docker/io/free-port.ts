import { createServer } from 'node:net'
import { Failure } from '../../cli/failure.ts'
import type { Settings } from '../../config/settings.ts'
import { type ComposeModel, PROXY } from '../compose-model.ts'
import type { ContainerState } from '../container.ts'

/** Throws a Failure where anything except this project's own containers listens on a port that its services publish. */
export async function requireFreePorts(
  { PORT }: Settings,
  { services }: ComposeModel,
  own: readonly ContainerState[],
): Promise<void> {
  const taken = own.flatMap(({ ports }) => ports)
  for (const [name, { ports = [] }] of Object.entries(services))
    for (const { host_ip: address = '0.0.0.0', published = '', protocol = 'tcp' } of ports) {
      // A range: the engine chooses one that is free.
      if (!/^\d+$/.test(published) || protocol !== 'tcp') continue
      if (taken.includes(`${address}:${published}`) || (await isFree(address, Number(published)))) continue
      throw new Failure(`port ${published} of ${address} is taken by another program`, {
        next:
          name === PROXY
            ? `PORT=${PORT + 1} make deploy   (or set PORT in .env; \`ss -ltnp\` says who listens)`
            : `give service "${name}" another port in its Compose file, or end that program (\`ss -ltnp\` says who listens), then: make ship`,
      })
    }
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
