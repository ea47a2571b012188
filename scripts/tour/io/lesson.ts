import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempDisposableSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type GenericContainer, type StartedTestContainer, Wait } from 'testcontainers'
import { exec } from '../../cli/io/exec.ts'
import { engine } from '../../docker/io/engine.ts'
import { TEST_LABEL } from '../../docker/labels.ts'
import { lockedImage } from '../../image/io/images.ts'
import { testRun } from '../../state/io/lock.ts'
import { TestContainer } from '../../testing/container.ts'

/** The image that lessons start from: Debian with Python. */
export const PYTHON = lockedImage('python').reference
/** The options that label what a lesson makes, so that the sweep finds it. */
export const LABELLED = ['--label', `${TEST_LABEL}=${testRun()}`] as const

/** An object on the engine that is removed when its test ends, whether it passes or fails. */
export type Made = AsyncDisposable & { readonly name: string }

/** A name that nothing else on this engine has. */
export const unique = (what: string): string => `dartagnan-tour-${what}-${randomBytes(4).toString('hex')}`

/** Runs the Docker CLI, shows its command line, and gives what it prints. */
export const docker = async (...args: string[]): Promise<string> => (await exec(['docker', ...args])).stdout

/** An image from an inline Dockerfile and the files beside it, and what building it printed. */
export async function buildImage(dockerfile: string, files: Readonly<Record<string, string>> = {}) {
  const name = unique('image')
  using context = mkdtempDisposableSync(join(tmpdir(), 'lesson-'))
  for (const [file, text] of Object.entries({ ...files, Dockerfile: dockerfile })) {
    writeFileSync(join(context.path, file), text)
  }
  const { stderr } = await exec(['docker', 'build', '--progress', 'plain', ...LABELLED, '--tag', name, context.path])
  return { ...made(name, 'image', 'rm'), log: stderr }
}

/** A named volume. */
export async function createVolume(): Promise<Made> {
  const name = unique('volume')
  await docker('volume', 'create', ...LABELLED, name)
  return made(name, 'volume', 'rm')
}

/** A network without a way out, so that no name on it is looked up anywhere else. */
export async function createNetwork(): Promise<Made> {
  const name = unique('network')
  await docker('network', 'create', '--internal', ...LABELLED, name)
  return made(name, 'network', 'rm')
}

/** An empty folder inside the checkout: the engine's host sees no other place under the same path. */
export function createFolder() {
  mkdirSync('.cache', { recursive: true })
  return mkdtempDisposableSync(resolve('.cache/lesson-'))
}

/** A container to be started: idle, unless it is given a command. Disposing it removes its anonymous volumes too. */
export const idle = (image: string) => container(image).withCommand(['sleep', 'infinity'])
// The lesson removes what it makes; testcontainers' reaper fails where the caller's id has no name (os.userInfo).
/** A container to be started, with the image's own command. */
export const container = (image: string) => new TestContainer(image)

/** A container with a volume, by name, or a folder, by path, at /data. */
export const withData = (source: string, prepared = idle(PYTHON)) =>
  prepared.withBindMounts([{ source, target: '/data' }])

/** Runs a container to its end and gives what it printed. Throws when it exits non-zero. */
export async function run(prepared: GenericContainer): Promise<string> {
  await using ran = await prepared.withWaitStrategy(Wait.forOneShotStartup()).start()
  return await readOutput(ran)
}

/** Runs a shell line inside a running container and gives what it printed. Throws when it exits non-zero. */
export async function inside(running: StartedTestContainer, line: string): Promise<string> {
  const { exitCode, output } = await running.exec(['sh', '-c', line])
  if (exitCode !== 0) throw new Error(`${JSON.stringify(line)} ended with status ${exitCode}: ${output}`)
  return output
}

/** Stops and removes a container before its test ends, and its anonymous volumes with it. */
export const remove = (started: StartedTestContainer) => started.stop({ remove: true, removeVolumes: true })

/** What a stopped container printed to stdout. */
export const readOutput = async (stopped: StartedTestContainer): Promise<string> =>
  (await exec(['docker', 'logs', stopped.getId()], { quiet: true })).stdout

/** The engine's own description of a container. */
export const inspect = (started: StartedTestContainer) => engine.getContainer(started.getId()).inspect()

/** The digests of an image's layers, from the base up. */
export const layersOf = async (image: string): Promise<string[]> =>
  (await engine.getImage(image).inspect()).RootFS.Layers ?? []

const made = (name: string, ...remove: [string, string]): Made => ({
  name,
  async [Symbol.asyncDispose]() {
    await exec(['docker', ...remove, name], { quiet: true })
  },
})
