import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Executed, exec, tryExec } from '../cli/io/exec.ts'
import { waitFor } from '../cli/io/wait.ts'
import { toolkitImageName } from '../docker/io/toolkit-container.ts'
import { LEDGER, OWNER } from '../docker/labels.ts'
import { lockedImage, proxyTag } from '../image/io/images.ts'
import { buildImage, labelsOf } from './image.ts'
import type { TestProject } from './test-project.ts'

// An engine, and the SSH server by which others reach it.
const DOCKERFILE = `ARG BASE
FROM \${BASE}
RUN install="apt-get install -qy --no-install-recommends docker.io iptables openssh-server"; export DEBIAN_FRONTEND=noninteractive \\
 && { $install || { apt-get update -q && $install; }; } && install -d /run/sshd
`

// An engine that lost its power leaves files that say it still runs. One that dies alone is started again, as by systemd.
const POWER_ON = `rm -rf /var/run/docker
trap 'kill $daemon; wait $daemon; exit' TERM
while rm -f /var/run/docker.pid; do dockerd "$0" "$@" & daemon=$!; wait $daemon; done`

/** Where engines listen with TLS. */
const SECURE = 2376

/** Creates the project's network, for its test engines and the servers that they reach. */
export async function makeNetwork(project: TestProject, ...options: string[]): Promise<void> {
  await exec(['docker', 'network', 'create', ...labelsOf(project), ...options, `${project.name}-engines`], {
    quiet: true,
  })
}

type Options = {
  readonly images?: readonly string[]
  /** The files of certificates that its engine trusts, by `host:port` of a registry. */
  readonly certificates?: Readonly<Record<string, string>>
  readonly bare?: boolean
  /**
   * The folder with ca.crt, host.crt and host.key. With it, the engine also listens with TLS on a port of this host.
   */
  readonly tls?: string
}

/** A second Docker host: an engine in a container. It sees the project's folder under the same path. */
export class TestEngine {
  readonly name: string
  readonly folder: string
  readonly #socket: string

  private constructor(name: string, folder: string) {
    this.name = name
    this.folder = folder
    this.#socket = join(folder, `${name}.sock`)
  }

  /** Starts one on the project's network, with the toolkit's images and `images`. A `bare` one gets no image. */
  static async start(
    project: TestProject,
    name: string,
    { images = [], certificates = {}, bare = false, tls }: Options = {},
  ): Promise<TestEngine> {
    const folder = join(project.folder, '.cache', 'engines')
    mkdirSync(folder, { recursive: true })
    const engine = new TestEngine(`${project.name}-${name}`, folder)
    const toolkit = await toolkitImageName()
    const tag = await buildImage(project, 'engine', DOCKERFILE, toolkit)
    const volume = `${engine.name}-engine`
    await exec(['docker', 'volume', 'create', ...labelsOf(project), volume], { quiet: true })
    const trusted = Object.entries(certificates).flatMap(([host, file]) => [
      ...['--mount', `type=bind,source=${file},target=/etc/docker/certs.d/${host}/ca.crt,readonly`],
    ])
    const run = ['docker', 'run', '--detach', '--privileged', ...labelsOf(project)] as const
    const mounts = [
      '--volume',
      `${project.folder}:${project.folder}`,
      '--volume',
      `${volume}:/var/lib/docker`,
      ...trusted,
    ]
    const own = ['--name', engine.name, '--hostname', name, '--network', `${project.name}-engines`]
    const hosts = ['--host', 'unix:///var/run/docker.sock', '--host', `unix://${engine.#socket}`]
    const files = ['--tlscacert=ca.crt', '--tlscert=host.crt', '--tlskey=host.key'].map((file) =>
      file.replace('=', `=${tls}/`),
    )
    const secure = tls === undefined ? [] : ['--host', `tcp://0.0.0.0:${SECURE}`, '--tlsverify', ...files]
    const publish = tls === undefined ? [] : ['--publish', `127.0.0.1::${SECURE}`]
    await exec([...run, ...mounts, ...own, ...publish, tag, 'sh', '-c', POWER_ON, ...hosts, ...secure], { quiet: true })
    await engine.ready()
    if (bare) return engine
    await engine.give([toolkit, proxyTag(lockedImage('haproxy')), ...images])
    await engine.docker('volume', 'create', '--label', `${OWNER}=ledger`, LEDGER)
    return engine
  }

  /** Waits until its engine answers. */
  async ready(): Promise<void> {
    const answers = async () => (await tryExec(this.#argv('version'), { quiet: true })).exitCode === 0
    if (!(await waitFor(answers, 60))) throw new Error(`${this.name}: ${(await this.log()).slice(-2000)}`)
  }

  /** Copies images to it from the engine that the test runs on. */
  async give(images: readonly string[]): Promise<void> {
    const script = 'docker save "$@" | docker --host "$0" load'
    await exec(['bash', '-o', 'pipefail', '-c', script, `unix://${this.#socket}`, ...images], { quiet: true })
  }

  /** Runs the Docker client against its engine. */
  async docker(...args: string[]): Promise<string> {
    return (await exec(this.#argv(...args), { quiet: true })).stdout.trim()
  }

  /** Runs `make X` in a folder as a user does, on this engine. */
  async make(targets: string, env: Record<string, string>, cwd: string): Promise<Executed> {
    return await tryExec(['make', ...targets.split(' ')], {
      cwd,
      quiet: true,
      env: { ...env, DOCKER_HOST: `unix://${this.#socket}` },
    })
  }

  /** Runs a command on the engine itself. */
  async run(...argv: string[]): Promise<Executed> {
    return await tryExec(['docker', 'exec', this.name, ...argv], { quiet: true })
  }

  /** Where its engine listens with TLS, on this host. */
  async secureAddress(): Promise<string> {
    const { stdout } = await exec(['docker', 'port', this.name, String(SECURE)], { quiet: true })
    return `tcp://${stdout.trim()}`
  }

  /** Reads what its engine has printed. */
  async log(): Promise<string> {
    const { stdout, stderr } = await tryExec(['docker', 'logs', this.name], { quiet: true })
    return stdout + stderr
  }

  /** Kills its engine alone, and waits for the next one. */
  async killEngine(): Promise<void> {
    await this.run(
      'sh',
      '-c',
      'pid=$(cat /var/run/docker.pid); kill -9 $pid; while [ -e /proc/$pid ]; do sleep 0.1; done',
    )
    await this.ready()
  }

  /** Turns it off. Its containers, volumes and images stay for the next start. */
  async stop(): Promise<void> {
    await exec(['docker', 'stop', '--time', '20', this.name], { quiet: true })
  }
  async start(): Promise<void> {
    await exec(['docker', 'start', this.name], { quiet: true })
    await this.ready()
  }

  #argv(...args: string[]): [string, ...string[]] {
    return ['docker', '--host', `unix://${this.#socket}`, ...args]
  }
}
