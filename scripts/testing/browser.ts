import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import * as v from 'valibot'
import { lockedImage } from '../image/io/images.ts'
import { buildImage, labelsOf } from './image.ts'
import type { TestProject } from './test-project.ts'

const CHROMIUM = `ARG BASE
FROM \${BASE}
USER root
RUN install="apt-get install -qy --no-install-recommends chromium fonts-dejavu-core"; export DEBIAN_FRONTEND=noninteractive \\
 && { $install || { apt-get update -q && $install; }; }
`
// DevTools speak on the file descriptors 3 and 4, as JSON with a zero byte after each message.
const RUN =
  'exec 3<&0 4>&1; exec chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --no-first-run --disable-background-networking --disable-component-update --remote-debugging-pipe about:blank </dev/null >&2'

const MESSAGE = v.looseObject({ id: v.exactOptional(v.number()), method: v.exactOptional(v.string()) })
type Answer = { readonly error?: { readonly message: string }; readonly result?: Record<string, unknown> }
type Params = Readonly<Record<string, unknown>>

/** Debian's Chromium in a container of the host's network, with one page. Disposing it ends it. */
export class Browser implements AsyncDisposable {
  readonly #process: ChildProcess
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  readonly #events: { readonly method: string; readonly params: Params }[] = []
  #session: string | undefined
  #asked = 0

  private constructor(argv: readonly [string, ...string[]]) {
    const [program, ...args] = argv
    this.#process = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] })
    let rest = ''
    this.#process.stdout?.setEncoding('utf8').on('data', (piece: string) => {
      const messages = (rest + piece).split('\0')
      rest = messages.pop() ?? ''
      for (const text of messages) this.#hear(JSON.parse(text))
    })
  }

  /** Builds the browser's image, and starts it. */
  static async start(project: TestProject): Promise<Browser> {
    const image = await buildImage(project, 'chromium', CHROMIUM, lockedImage('node').reference)
    const page = ['--volume', `${project.folder}:${project.folder}:ro`]
    const docker = [
      'docker',
      'run',
      '--rm',
      '--interactive',
      '--init',
      '--network',
      'host',
      '--shm-size',
      '256m',
    ] as const
    return await Browser.launch([...docker, ...page, ...labelsOf(project), '--entrypoint', 'bash', image, '-c', RUN])
  }

  /** As `start`, with a command that runs a browser. */
  static async launch(argv: readonly [string, ...string[]]): Promise<Browser> {
    const browser = new Browser(argv)
    const { targetId } = await browser.ask('Target.createTarget', { url: 'about:blank' })
    const { sessionId } = await browser.ask('Target.attachToTarget', { targetId, flatten: true })
    browser.#session = String(sessionId)
    for (const domain of ['Page', 'Network', 'Runtime', 'Log']) await browser.ask(`${domain}.enable`)
    return browser
  }

  /** Calls a method of the DevTools protocol. Throws its error. */
  async ask(method: string, params: Params = {}): Promise<Record<string, unknown>> {
    const id = ++this.#asked
    const { promise, resolve } = Promise.withResolvers<Answer>()
    this.#waiting.set(id, resolve)
    const session = this.#session === undefined ? {} : { sessionId: this.#session }
    this.#process.stdin?.write(`${JSON.stringify({ id, method, params, ...session })}\0`)
    const { error, result = {} } = await promise
    if (error) throw new Error(`${method}: ${error.message}`)
    return result
  }

  /** Opens an address in a window of that width, in a light or dark scheme, and waits until it is loaded. */
  async open(url: string, width: number, scheme: 'light' | 'dark', media = ''): Promise<void> {
    this.#events.length = 0
    await this.ask('Emulation.setDeviceMetricsOverride', { width, height: 800, deviceScaleFactor: 1, mobile: false })
    await this.ask('Emulation.setEmulatedMedia', { media, features: [{ name: 'prefers-color-scheme', value: scheme }] })
    await this.ask('Page.navigate', { url })
    while (!this.#events.some(({ method }) => method === 'Page.loadEventFired')) await this.evaluate('0')
  }

  /** The value of an expression in the page, or of the promise that it gives. */
  async evaluate(expression: string): Promise<unknown> {
    const answer = await this.ask('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true })
    if (answer['exceptionDetails']) throw new Error(JSON.stringify(answer['exceptionDetails']))
    return (answer['result'] as { value?: unknown }).value
  }

  /** Presses a key, and lets it go. */
  async press(key: string): Promise<void> {
    const code = { Tab: 9, Enter: 13 }[key] ?? 0
    const text = key === 'Enter' ? { text: '\r' } : {}
    for (const type of ['keyDown', 'keyUp'])
      await this.ask('Input.dispatchKeyEvent', { type, key, code: key, windowsVirtualKeyCode: code, ...text })
  }

  /** What axe finds against accessibility, contrast among it: the rule and the element of each. */
  async audit(): Promise<string[]> {
    await this.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'))
    const found = await this.evaluate(
      'axe.run().then(({violations}) => violations.flatMap(({id, nodes}) => nodes.map(({html}) => id + ": " + html)))',
    )
    return found as string[]
  }

  /** A picture of the whole page, as PNG. */
  async picture(): Promise<Buffer> {
    const { data } = await this.ask('Page.captureScreenshot', { captureBeyondViewport: true })
    return Buffer.from(String(data), 'base64')
  }

  /** The addresses that the page has asked for since it was opened. */
  requests(): string[] {
    const sent = this.#events.filter(({ method }) => method === 'Network.requestWillBeSent')
    return sent.map(({ params }) => (params['request'] as { url: string }).url)
  }

  /** What stands on the console since the page was opened. */
  console(): string[] {
    const said = ['Log.entryAdded', 'Runtime.consoleAPICalled', 'Runtime.exceptionThrown']
    return this.#events.filter(({ method }) => said.includes(method)).map(({ params }) => JSON.stringify(params))
  }

  #hear(message: unknown): void {
    const { id, method } = v.parse(MESSAGE, message)
    if (id !== undefined) this.#waiting.get(id)?.(message as Answer)
    else if (method) this.#events.push({ method, params: (message as { params: Params }).params })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.stdin?.end()
    this.#process.kill()
    if (this.#process.exitCode === null && this.#process.signalCode === null)
      await new Promise((resolve) => this.#process.on('exit', resolve))
  }
}
