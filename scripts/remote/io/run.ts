import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { Failure } from '../../cli/failure.ts'
import { FEW } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { ofToolkit } from '../../cli/io/places.ts'
import { endStep } from '../../cli/io/screen.ts'
import { waitFor } from '../../cli/io/wait.ts'
import { parseJson } from '../../cli/parse.ts'
import { type Config, remoteEnvironment } from '../../config/io/read.ts'
import { LEDGER, OWNER, PROJECT_LABEL } from '../../docker/labels.ts'
import { TOOLKIT_LIMITS } from '../../docker/limits.ts'
import { imagesOfGate } from '../../gate/io/images.ts'
import { ensureToolkitImage } from '../../image/io/toolkit-image.ts'
import { checkoutVolume, sendCheckout } from './checkout.ts'
import { askRemote, remoteFailure, remoteLine, tryAgain, tryRemote } from './client.ts'
import { chooseRemoteImage } from './image.ts'
import { sendImages } from './send-images.ts'
import { whileItAnswers } from './watchdog.ts'

/** Seconds without a connection after which a run on the other engine is left to itself. */
const PATIENCE = 120
const KIND = `${OWNER}=remote-run`

/**
 * Runs a target on another engine, in a container of the toolkit, and shows what the container prints. A broken connection does not
 * disturb the run. Gives the exit status.
 */
export const runRemote = (config: Config, target: string): Promise<number> =>
  whileItAnswers(config, target, () => runBeside(config, target))

async function runBeside(config: Config, target: string): Promise<number> {
  const { ENGINE, PROJECT } = config
  if (target === 'shell')
    throw new Failure(`make shell does not reach ENGINE=${JSON.stringify(ENGINE)}`, {
      next: remoteLine(config, 'exec', '-it', `${PROJECT}-app-1`, 'sh'),
    })
  const toolkit = await ensureToolkitImage()
  const { env, images } =
    target === 'deploy' || target === 'plan' ? await chooseRemoteImage(config) : { env: {}, images: [] }
  // Its gate may have no network to build them from.
  const gate = target === 'gate' || (target === 'deploy' && config.HOSTS !== '') ? await imagesOfGate(config) : []
  await sendImages(config, [...new Set([toolkit, ...images, ...gate])])
  const folder = await sendCheckout(config, toolkit)
  await askRemote(config, ['volume', 'create', '--label', `${OWNER}=ledger`, LEDGER])
  await clearEnded(config)
  const id = await start(config, target, { toolkit, folder, env: { ...remoteEnvironment(config), ...env } })
  const stop = () => void tryRemote(config, ['kill', '--signal', 'INT', id])
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  const status = await follow(config, target, id)
  await tryRemote(config, ['rm', '--force', id])
  // The checkout's volume holds secrets, and nothing is left that needs them.
  if (target === 'destroy' && status === 0)
    await tryRemote(config, ['volume', 'rm', '--force', checkoutVolume(PROJECT)])
  return status
}

type Run = { readonly toolkit: string; readonly folder: string; readonly env: Readonly<Record<string, string>> }

async function start(config: Config, target: string, { toolkit, folder, env }: Run): Promise<string> {
  const given = Object.entries(env).filter(([, value]) => value !== '')
  const mounts = [
    `${checkoutVolume(config.PROJECT)}:${folder}`,
    `${LEDGER}:/ledger`,
    '/var/run/docker.sock:/var/run/docker.sock',
  ]
  // Each run has its own name: asked again after a broken connection, the engine answers that the name is in use.
  const name = `${config.PROJECT}-remote-${Date.now().toString(36)}`
  const started = await tryAgain(
    config,
    [
      ...['run', '--detach', '--name', name, '--init', '--network', 'host', '--user', '0:0', '--workdir', folder],
      ...TOOLKIT_LIMITS,
      ...['--label', KIND, '--label', `${PROJECT_LABEL}=${config.PROJECT}`],
      ...mounts.flatMap((mount) => ['--volume', mount]),
      ...given.flatMap(([name]) => ['--env', name]),
      ...['DOCKER_HOST=unix:///var/run/docker.sock', 'TINI_KILL_PROCESS_GROUP=1'].flatMap((line) => ['--env', line]),
      ...[`DARTAGNAN=${ofToolkit('.')}`, `TOOLKIT_IMAGE=${toolkit}`].flatMap((line) => ['--env', line]),
      ...[toolkit, 'sh', ofToolkit('scripts/setup/door.sh'), target],
    ],
    env,
  )
  if (started.exitCode === 0 || /is already in use/.test(started.stderr)) return name
  throw remoteFailure(config, started)
}

// Removes runs that ended after their connection was lost: history tells their outcome.
async function clearEnded(config: Config): Promise<void> {
  const filters = ['--filter', `label=${KIND}`, '--filter', `label=${PROJECT_LABEL}=${config.PROJECT}`]
  const ended = await askRemote(config, ['ps', '--quiet', '--all', '--filter', 'status=exited', ...filters])
  if (ended) await tryRemote(config, ['rm', ...ended.split('\n')])
}

// Shows what the run's container prints, each byte once however often the connection breaks, and gives its exit status.
async function follow(config: Config, target: string, id: string): Promise<number> {
  endStep()
  const shown = { stdout: 0, stderr: 0 }
  for (;;) {
    const skip = { ...shown }
    const tap = (stream: 'stdout' | 'stderr', piece: Buffer) => {
      const rest = piece.subarray(Math.min(skip[stream], piece.length))
      skip[stream] -= piece.length - rest.length
      shown[stream] += rest.length
      process[stream].write(rest)
    }
    const { exitCode } = await tryRemote(config, ['logs', '--follow', id], { tap, keep: FEW })
    if (exitCode !== 0)
      log.warn(`the connection to ${config.ENGINE} is gone; make ${target} goes on over there meanwhile`)
    const state = await awaitState(config, target, id)
    // After a broken connection there may be more to show.
    if (exitCode === 0 && state.Status !== 'running') return state.ExitCode
  }
}

const STATE = v.looseObject({ Status: v.string(), ExitCode: v.number() })
type State = v.InferOutput<typeof STATE>
async function awaitState(config: Config, target: string, id: string): Promise<State> {
  const ask = async () => {
    const { stdout, exitCode } = await tryRemote(config, ['inspect', '--format', '{{json .State}}', id])
    return exitCode === 0 && parseJson(STATE, stdout, { what: `${config.ENGINE}`, next: 'make status' })
  }
  const state = await waitFor(ask, PATIENCE, () => sleep(2000))
  if (state) return state
  throw new Failure(`${config.ENGINE} has not answered for ${PATIENCE} s; make ${target} goes on over there`, {
    next: `ENGINE=${config.ENGINE} make status   (what came of it)`,
  })
}
