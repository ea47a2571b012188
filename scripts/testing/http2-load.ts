import { type ClientHttp2Session, connect, constants } from 'node:http2'
import { setTimeout as sleep } from 'node:timers/promises'
import { toThisHost } from './load.ts'

/**
 * Asks an https:// address over HTTP/2 until `stop`: one request after another, on a connection that stays open. Gives what failed,
 * and how many connections it took.
 */
export function startHttp2(url: string, ca: string) {
  const failures: string[] = []
  let [requests, connections, running] = [0, 0, true]
  let session: ClientHttp2Session | undefined
  const ask = () =>
    new Promise<number>((resolve, reject) => {
      if (!session || session.closed || session.destroyed) {
        connections++
        // What the end of a connection means to a request, the request says.
        session = connect(url, { ca, lookup: toThisHost }).on('error', () => {})
      }
      let [status, error] = [0, '']
      const stream = session.request({ ':path': new URL(url).pathname })
      stream.on('response', (headers) => {
        status = headers[':status'] ?? 0
      })
      stream.on('error', (one) => {
        error = one.message
      })
      stream.on('close', () => {
        const { rstCode } = stream
        // As browsers do: what a server that goes away has not taken is asked again.
        if (rstCode === constants.NGHTTP2_REFUSED_STREAM && status === 0) ask().then(resolve, reject)
        else if (status === 0 || error !== '')
          reject(new Error(`closed with ${rstCode} after status ${status}: ${error}`))
        else resolve(status)
      })
      stream.resume()
    })
  const all = (async () => {
    while (running) {
      requests++
      const failed = (what: string) => failures.push(`HTTP/2 at ${new Date().toISOString()}: ${what}`)
      await ask().then(
        (status) => status >= 400 && failed(`answered ${status}`),
        (error) => failed(String(error)),
      )
      await sleep(20)
    }
    session?.close()
  })()
  return {
    async stop() {
      running = false
      await all
      return { requests, failures, connections }
    },
  }
}
