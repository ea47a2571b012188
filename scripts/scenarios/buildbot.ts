import { copyFileSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exec, tryExec } from '../cli/io/exec.ts'
import { waitFor } from '../cli/io/wait.ts'
import { lockedImage } from '../image/io/images.ts'
import { addressOf, buildImage, labelsOf } from '../testing/image.ts'
import type { TestProject } from '../testing/test-project.ts'

// Debian's package lacks two things: the web pages, without which there is no REST API (an empty page does), and
// a module of Buildbot's tests, without which 4.2 keeps no logs.
const SERVER = `ARG BASE
FROM \${BASE}
USER root
RUN install="apt-get install -qy --no-install-recommends buildbot buildbot-worker git make docker-cli docker-compose docker-buildx ca-certificates libxml2-utils"; export DEBIAN_FRONTEND=noninteractive \\
 && { $install || { apt-get update -q && $install; }; } \\
 && cd /usr/lib/python3/dist-packages && mkdir -p buildbot_www/static buildbot_www.egg-info && touch buildbot_www/static/index.html \\
 && printf 4 > buildbot_www/VERSION && printf '[buildbot.www]\\nbase = buildbot_www:ep\\n' > buildbot_www.egg-info/entry_points.txt \\
 && printf 'Name: buildbot-www\\nVersion: 4\\n' > buildbot_www.egg-info/PKG-INFO \\
 && printf 'from buildbot.www.plugin import Application\\nep = Application(__name__, "")\\n' > buildbot_www/__init__.py \\
 && mkdir -p buildbot/test/fake && touch buildbot/test/__init__.py buildbot/test/fake/__init__.py \\
 && echo 'class NonThreadPool: pass' > buildbot/test/fake/reactor.py
ENV HOME=/tmp
`
const START = `set -e
cd "$1"
if [ ! -d master ]; then
  buildbot create-master master
  buildbot-worker create-worker worker localhost docker for-tests-only
fi
cp "$2" master/master.cfg
printf for-tests-only > master/worker-password
buildbot checkconfig master
buildbot start master
exec buildbot-worker start --nodaemon worker
`
export type Build = {
  readonly number: number
  readonly complete: boolean
  readonly results: number | null
  readonly state_string: string
}

/** Buildbot's master and worker in one container on a host's engine, with the configuration of the guide. */
export class Buildbot {
  readonly #project: TestProject
  readonly folder: string
  readonly #container: string
  readonly #api: string

  private constructor(project: TestProject, folder: string, container: string, api: string) {
    this.#project = project
    this.folder = folder
    this.#container = container
    this.#api = api
  }

  static async start(project: TestProject, env: Record<string, string>): Promise<Buildbot> {
    // The toolkit mounts a checkout where the engine's host has it: the worker's folder has one path for both.
    const folder = join(project.folder, '.cache', 'ci server')
    mkdirSync(folder, { recursive: true })
    const image = await buildImage(project, 'buildbot', SERVER, lockedImage('node').reference)
    const npmrc = process.env['NPM_CONFIG_USERCONFIG']
    if (npmrc && existsSync(npmrc) && statSync(npmrc).isFile()) copyFileSync(npmrc, join(folder, 'npmrc'))
    else writeFileSync(join(folder, 'npmrc'), '')
    const given = {
      ...env,
      REPOSITORY: project.folder,
      POLL: '2',
      LISTEN: '0.0.0.0',
      NPM_CONFIG_USERCONFIG: join(folder, 'npmrc'),
    }
    const { stdout } = await exec(
      [
        'docker',
        'run',
        '--detach',
        '--init',
        '--user',
        `${process.getuid?.()}:${process.getgid?.()}`,
        '--group-add',
        String(statSync('/var/run/docker.sock').gid),
        ...labelsOf(project),
        '--volume',
        '/var/run/docker.sock:/var/run/docker.sock',
        '--volume',
        `${project.folder}:${project.folder}`,
        ...Object.entries(given).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
        image,
        'sh',
        '-c',
        START,
        'start',
        folder,
        join(project.folder, 'docs/guides/ci/buildbot-master.cfg'),
      ],
      { quiet: true },
    )
    const id = stdout.trim()
    const server = new Buildbot(project, folder, id, `http://${await addressOf(id)}:8010/api/v2`)
    if (!(await waitFor(() => server.#ready(), 60))) throw new Error(await server.log())
    return server
  }

  /** Starts a job of what the branch has now. */
  async force(): Promise<void> {
    await this.#call('forceschedulers/force', 'force', { builderNames: ['main'] })
  }

  /** Ends a job as its button does. */
  async stop(number: number): Promise<void> {
    await this.#call(`builders/1/builds/${number}`, 'stop', { reason: 'a person said so' })
  }

  /** What the server itself says of a job; undefined before it has begun. */
  async build(number: number): Promise<Build | undefined> {
    return ((await this.#get(`builders/1/builds/${number}`)) as { builds?: Build[] } | undefined)?.builds?.[0]
  }

  /** A job that has ended, with what its steps have printed where it was no success. */
  async ended(number: number): Promise<Build> {
    const build = await waitFor(async () => {
      const now = await this.build(number)
      return now?.complete ? now : undefined
    }, 240)
    if (!build) throw new Error(`job ${number} has not ended\n${await this.output(number)}`)
    return build
  }

  /** What the steps of a job, or the one of that name, have printed. */
  async output(number: number, wanted?: string): Promise<string> {
    const { steps = [] } = ((await this.#get(`builders/1/builds/${number}/steps`)) ?? {}) as {
      steps?: { stepid: number; name: string }[]
    }
    const texts = steps
      .filter(({ name }) => wanted === undefined || name === wanted)
      .map(async ({ stepid, name }) => {
        const { logs = [] } = ((await this.#get(`steps/${stepid}/logs`)) ?? {}) as { logs?: { logid: number }[] }
        const contents = logs.map(async ({ logid }) => {
          const read = (await this.#get(`logs/${logid}/contents?offset=0&limit=100000`)) as {
            logchunks: { content: string }[]
          }
          // Each line begins with a letter for its stream.
          return read.logchunks.map(({ content }) => content.replaceAll(/^[oeh]/gm, '')).join('')
        })
        return `--- ${name}\n${(await Promise.all(contents)).join('')}`
      })
    return (await Promise.all(texts)).join('\n')
  }

  /** Runs a command beside the server. */
  async run(...argv: string[]): Promise<string> {
    return (await exec(['docker', 'exec', this.#container, ...argv], { quiet: true })).stdout
  }

  async log(): Promise<string> {
    const { stdout, stderr } = await tryExec(['docker', 'logs', this.#container], { quiet: true })
    return `${stdout}${stderr}${this.#project.name}`
  }

  async #ready(): Promise<boolean> {
    const found = (await this.#get('workers').catch(() => undefined)) as
      | { workers?: { connected_to: unknown[] }[] }
      | undefined
    return (found?.workers?.[0]?.connected_to.length ?? 0) > 0
  }

  async #get(path: string): Promise<unknown> {
    // Its compressed answers are not always whole.
    const response = await fetch(`${this.#api}/${path}`, { headers: { 'accept-encoding': 'identity' } })
    return response.ok ? await response.json() : undefined
  }

  async #call(path: string, method: string, params: object): Promise<void> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const response = await fetch(`${this.#api}/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    if (!response.ok) throw new Error(`${method}: ${await response.text()}`)
  }
}
