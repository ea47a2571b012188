import { randomBytes, randomInt } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { type Executed, exec, tryExec } from '../cli/io/exec.ts'
import { checkSignals } from '../cli/io/interrupt.ts'
import { isFree } from '../docker/io/free-port.ts'
import { testRun } from '../state/io/lock.ts'
import { removeProject } from '../test/io/sweep.ts'

/** All that a user has: a checkout, a project and a port, on the real engine. Disposing it removes them all. */
export class TestProject implements AsyncDisposable {
  readonly name: string
  readonly folder: string
  readonly port: number

  readonly #run: string

  private constructor(run: string, folder: string, port: number) {
    this.#run = run
    this.folder = folder
    this.port = port
    this.name = `e2e-${run}-${randomBytes(4).toString('hex')}`
  }

  /**
   * Copies the files of this checkout into a new one, as a single commit tagged v1.0.0. `run` is the run of tests that it
   * belongs to (state/io/lock.ts). `own`: it has packages of its own, for tests that change them, or whose targets run in a
   * toolkit container, which sees this folder alone.
   */
  static async create({ run = testRun(), own = false } = {}): Promise<TestProject> {
    mkdirSync('.cache', { recursive: true })
    const folder = mkdtempSync(resolve('.cache', `e2e-${run}-`))
    const { stdout } = await exec(['git', 'ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
      quiet: true,
    })
    // With their times: the bundled doors are used while no source is newer. One that was removed has no file.
    const files = [...new Set(stdout.split('\0').filter((file) => file !== '' && existsSync(file)))]
    await exec(['cp', '--archive', '--parents', `--target-directory=${folder}`, '--', ...files], { quiet: true })
    cpSync('compose/images/lock.json', join(folder, 'compose/images/lock.json'))
    // To link 11,000 files and to remove the links takes a second, which many worlds need not spend.
    if (own) await exec(['cp', '--archive', '--link', 'node_modules', folder], { quiet: true })
    else symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
    const project = new TestProject(run, folder, await freePorts())
    await project.git('init', '--quiet', '--initial-branch', 'main')
    // The checkout ignores a folder of that name, and not a link.
    writeFileSync(join(folder, '.git/info/exclude'), 'node_modules\n')
    // The objects of this checkout are lent: to compress all files anew takes longer. What runs elsewhere needs them packed.
    const lent = join(folder, '.git/objects/info/alternates')
    const { stdout: objects } = await exec(['git', 'rev-parse', '--path-format=absolute', '--git-path', 'objects'], {
      quiet: true,
    })
    writeFileSync(lent, objects)
    await project.commit('1.0.0')
    if (own) {
      await project.git('repack', '-a', '-d', '--quiet')
      rmSync(lent)
    }
    return project
  }

  /** Runs a target in this checkout, as `make _X` does inside the toolkit. */
  async make(target: string, env: Record<string, string> = {}, cwd = this.folder): Promise<Executed> {
    // `make bench` ends at a signal before its next target.
    checkSignals()
    return await tryExec(['make', `_${target}`], {
      cwd,
      quiet: true,
      env: { ...this.environment(), ...env },
    })
  }

  /** Runs targets in turn and gives the output of the last. Throws at the first that fails. */
  async must(targets: string, env: Record<string, string> = {}, cwd = this.folder): Promise<Executed> {
    let last: Executed = { stdout: '', stderr: '', exitCode: 0 }
    for (const target of targets.split(' ')) {
      last = await this.make(target, env, cwd)
      if (last.exitCode !== 0)
        throw new Error(`make ${target} ended with ${last.exitCode}:\n${last.stderr}\n${last.stdout}`)
    }
    return last
  }

  /** Changes a file of the checkout, then commits, builds and tags that as a version. It is not deployed. */
  async release(version: string, file?: string, change?: (text: string) => string): Promise<void> {
    if (file && change) writeFileSync(join(this.folder, file), change(readFileSync(join(this.folder, file), 'utf8')))
    await this.commit(version)
    // Scenarios are about deploys; one of their own covers the tests of the image.
    await this.must('build tag', { FORCE: 'untested' })
  }

  /** Builds and tags 1.0.0, and 1.1.0, which does the same. Neither is deployed. */
  async buildTwo(): Promise<void> {
    await this.must('build tag', { FORCE: 'untested' })
    await this.release('1.1.0', 'sample-app/src/journal/wsgi.py', (text) => `${text}# another version\n`)
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.folder, file)), { recursive: true })
    writeFileSync(join(this.folder, file), text)
  }

  async git(...args: string[]): Promise<string> {
    return (
      // This folder's repository alone: if it were missing, git would commit to the repository around the folder.
      (
        await exec(
          ['git', '--git-dir=.git', '--work-tree=.', '-c', 'user.name=e2e', '-c', 'user.email=e2e@localhost', ...args],
          {
            cwd: this.folder,
            quiet: true,
          },
        )
      ).stdout.trim()
    )
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  environment(): Record<string, string> {
    return {
      PROJECT: this.name,
      IMAGE_REPOSITORY: `e2e/${this.name}`,
      PORT: String(this.port),
      DEV_PORT: String(this.port + 1),
      // It costs each deploy its time: only tests of what happens during it turn it on.
      BAKE_TIME: '0',
      // A busy host takes longer to start what takes over. No client of ours waits longer than 30 s.
      HOLD_TIMEOUT: '25',
      // A snapshot takes time: only scenarios about data turn it on.
      DEPLOY_SNAPSHOT: '0',
      VERBOSE: '1',
      DARTAGNAN_CHECK: this.#run,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeProject(this.name)
    // Node takes thrice the time for it.
    await exec(['rm', '-rf', '--', this.folder], { quiet: true })
  }

  /** Commits all files and tags that as a version. */
  async commit(version: string): Promise<void> {
    await this.git('add', '--all')
    await this.git('commit', '--quiet', '--allow-empty', '--message', `Release ${version}`)
    await this.git('tag', `v${version}`)
  }
}

// Two neighbouring ports; the second is DEV_PORT. Both lie below the ports that the kernel gives to outgoing
// connections: such a connection could take a port before the proxy does.
async function freePorts(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000)
    if ((await isFree('127.0.0.1', port)) && (await isFree('127.0.0.1', port + 1))) return port
  }
}
