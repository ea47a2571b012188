import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { exec, tryExec } from '../../cli/io/exec.ts'
import { LESSON_LABEL, TEST_LABEL } from '../../docker/labels.ts'
import { lockedImage } from '../../image/io/images.ts'
import { currentRun } from '../../state/io/lock.ts'
import type { Look } from '../look.ts'
import type { Names } from '../names.ts'
import { lookAtEngine } from './look.ts'

/** Where a lesson runs its commands: a folder of the checkout, because the engine sees no other under the same path. */
export type Stage = {
  readonly folder: string
  readonly look: Look
  /** Writes the files that a lesson begins with. */
  write(files: Readonly<Record<string, string>>): void
  /** Runs a command as a person would type it, and gives all that it has printed, and its status. */
  run(command: string): Promise<{ readonly output: string; readonly status: number }>
}

/** The options that label what a lesson makes, by the prefix of its names. The sweep of tests finds that of a test. */
export const labelsOf = (prefix: string): readonly string[] => {
  const run = currentRun()
  return ['--label', `${LESSON_LABEL}=${prefix}`, ...(run ? ['--label', `${TEST_LABEL}=${run}`] : [])]
}

// Images and containers inherit the labels of the lesson's base images. Volumes and networks need to be given them.
const SHELL = `exec 2>&1
docker() {
  case "$1 $2" in
    "volume create" | "network create") command docker "$1" create $LESSON_LABELS "\${@:3}" ;;
    *) command docker "$@" ;;
  esac
}
`

/** Opens a stage in a folder of the checkout, for the things whose names on the engine begin with the prefix. */
export function openStage(path: string, prefix: string, names: Names): Stage {
  const folder = resolve(path)
  const { toEngine, toLesson } = names
  mkdirSync(folder, { recursive: true })
  return {
    folder,
    look: lookAtEngine(names),
    write: (files) => {
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, name)), { recursive: true })
        writeFileSync(join(folder, name), toEngine(content))
      }
    },
    run: async (command) => {
      const env = { LESSON_LABELS: labelsOf(prefix).join(' ') }
      const options = { quiet: true, cwd: folder, timeout: 120, env }
      const { stdout, exitCode } = await tryExec(['bash', '-c', SHELL + toEngine(command)], options)
      return { output: toLesson(stdout), status: exitCode }
    },
  }
}

/** Removes the folder of a stage, with all that is in it. Containers may have left files there that are root's. */
export async function closeStage(path: string): Promise<void> {
  const gone = () => rmSync(path, { recursive: true, force: true })
  try {
    gone()
  } catch {
    const mount = ['--volume', `${resolve(path)}:/stage`] as const
    const empty = ['find', '/stage', '-mindepth', '1', '-delete'] as const
    await exec(['docker', 'run', '--rm', ...mount, lockedImage('python').reference, ...empty], { quiet: true })
    gone()
  }
}

/** Makes an image of a lesson from one that setup has locked: the same layers, under a plain name and with the labels. */
export async function provideImage(name: string, reference: string, prefix: string): Promise<void> {
  const argv = ['docker', 'build', '--quiet', ...labelsOf(prefix), '--tag', name, '-'] as const
  await exec(argv, { quiet: true, input: `FROM ${reference}\n` })
}
