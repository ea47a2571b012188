import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type Duplex, PassThrough, type Readable } from 'node:stream'
import { Failure } from '../../cli/failure.ts'
import { patient } from './engine.ts'

type Shell = { readonly input: Duplex; readonly output: Readable }
const shells = new Map<string, Promise<Shell>>()
const TIMEOUT = 10_000
// Marks the end of each output. An answer of the application may be in it, so nobody may guess the mark.
const END = randomUUID()
const MOST = 4_000_000

/**
 * Runs a script in a container and gives what it prints. One shell stays open for each container: a poll costs a
 * millisecond instead of the 72 of `docker exec`. Throws a Failure where the script fails, or takes over ten seconds.
 */
export async function runInside(container: string, script: string): Promise<string> {
  const previous = queues.get(container) ?? Promise.resolve()
  const mine = previous.catch(() => {}).then(() => ask(container, script))
  queues.set(container, mine)
  return await mine
}
const queues = new Map<string, Promise<unknown>>()

async function ask(container: string, script: string): Promise<string> {
  const opened = shells.get(container) ?? openShell(container)
  shells.set(container, opened)
  try {
    const { input, output } = await opened
    input.write(`${script}\nprintf '${END}%s${END}' $?\n`)
    return await readAnswer(output)
  } catch (error) {
    shells.delete(container)
    if (error instanceof Failure) throw error
    throw new Failure(`the container ${container.slice(0, 12)} does not answer: ${(error as Error).message}`, {
      next: 'make status',
      cause: error,
    })
  }
}

async function openShell(container: string): Promise<Shell> {
  const options = { Cmd: ['sh'], AttachStdin: true, AttachStdout: true, AttachStderr: true }
  const created = await patient.getContainer(container).exec(options)
  const input = await created.start({ hijack: true, stdin: true })
  const output = new PassThrough()
  patient.modem.demuxStream(input, output, output)
  input.once('close', () => output.destroy())
  return { input, output }
}

async function readAnswer(output: Readable): Promise<string> {
  const timeout = AbortSignal.timeout(TIMEOUT)
  let text = ''
  for (;;) {
    const [printed, status, rest] = text.split(END)
    if (rest !== undefined) {
      if (status === '0') return printed ?? ''
      throw new Failure('a command inside the proxy failed', { detail: printed ?? '', next: 'make logs SERVICE=proxy' })
    }
    const piece = output.read() as Buffer | null
    if (text.length > MOST) throw new Error(`it says more than ${MOST / 1e6} MB`)
    if (piece !== null) text += piece.toString()
    else if (output.destroyed || output.readableEnded) throw new Error('its shell ended')
    else await more(output, timeout)
  }
}

// Waits until there is something to read, or the output has ended. No listener stays behind.
async function more(output: Readable, timeout: AbortSignal): Promise<void> {
  const done = new AbortController()
  const signal = AbortSignal.any([timeout, done.signal])
  try {
    await Promise.race([once(output, 'readable', { signal }), once(output, 'close', { signal })])
  } finally {
    done.abort()
  }
}
