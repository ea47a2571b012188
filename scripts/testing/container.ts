import { GenericContainer, type StartedTestContainer } from 'testcontainers'
import { onTestFailed } from 'vitest'
import { tryExec } from '../cli/io/exec.ts'
import { readLog } from '../docker/io/engine.ts'
import { TEST_LABEL } from '../docker/labels.ts'
import { testRun } from '../state/io/lock.ts'

/** A container of a test: labelled for the sweep, its log printed when the test fails, removed when it cannot start. */
export class TestContainer extends GenericContainer {
  #id = ''
  #output: string[] = []

  constructor(image: string) {
    super(image)
    // The reaper's image needs a registry.
    this.withLabels({ [TEST_LABEL]: testRun() }).withAutoCleanup(false)
    this.withLogConsumer((stream) => void stream.on('data', (line) => this.#output.push(String(line))))
    onTestFailed(() => void process.stderr.write(`--- log of the container ---\n${this.#output.join('')}---\n`))
  }

  protected override containerCreated(id: string): Promise<void> {
    this.#id = id
    return Promise.resolve()
  }

  // A container that cannot start, or that ends at once, still exists: its program or port may be missing.
  override async start(): Promise<StartedTestContainer> {
    try {
      return await super.start()
    } catch (error) {
      if (this.#id) {
        // The whole log, unless testcontainers has removed the container: it listens only once the ports are bound.
        const log = await readLog(this.#id)
        if (log) this.#output = [log]
        await tryExec(['docker', 'rm', '--force', '--volumes', this.#id], { quiet: true })
      }
      throw error
    }
  }
}
