import type { Readable } from 'node:stream'
import { Failure } from '../../cli/failure.ts'
import { type ExecOptions, type Executed, execAgain, lastWord, lineOf, tryExec } from '../../cli/io/exec.ts'
import type { Settings } from '../../config/settings.ts'
import { isTransient } from '../../registry/errors.ts'
import { clientFolder } from '../../registry/io/client.ts'
import { parseContexts, requireSafe } from '../engine-context.ts'

/** The setting that names the other engine. */
export type EngineSettings = Pick<Settings, 'ENGINE'>

const clientOf = ({ ENGINE }: EngineSettings): ['docker', ...string[]] =>
  ENGINE.startsWith('ssh://') ? ['docker', '--host', ENGINE] : ['docker', '--context', ENGINE]

/** A command of the Docker client against the other engine, as it could be pasted into a shell. */
export const remoteLine = (config: EngineSettings, ...args: string[]): string => lineOf([...clientOf(config), ...args])

/** Throws a Failure where ENGINE is a Docker context that does not exist, or none to trust with the secrets of a run. */
export async function requireContext({ ENGINE }: EngineSettings, target: string): Promise<void> {
  if (ENGINE.startsWith('ssh://')) return
  const said = await tryExec(['docker', 'context', 'inspect', ENGINE], withClient({}))
  if (said.exitCode !== 0) {
    const why = lastWord(said.stderr.replaceAll(clientFolder().DOCKER_CONFIG, '~/.docker'))
    const next = /permission denied/i.test(why)
      ? 'sudo chown -R "$USER" ~/.docker'
      : 'docker context ls   (ENGINE names one of these, or ssh://user@host)'
    throw new Failure(`ENGINE=${JSON.stringify(ENGINE)}: ${why.replace(/: open .*: no such file.*/, '')}`, { next })
  }
  for (const context of parseContexts(said.stdout)) requireSafe(context, target)
}

/** Runs the Docker client against the other engine, once, and gives whatever comes of it. */
export const tryRemote = (
  config: EngineSettings,
  args: readonly string[],
  options: ExecOptions = {},
): Promise<Executed> => tryExec([...clientOf(config), ...args], withClient(options))

/** As tryRemote, but again where the connection fails; `makeInput` makes what it reads each time. */
export const tryAgain = (
  config: EngineSettings,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  makeInput?: () => Promise<Readable>,
): Promise<Executed> => execAgain([...clientOf(config), ...args], withClient({ env }), isLost, makeInput)

/** As tryAgain, and gives what it prints. Throws a Failure where it does not succeed. */
export async function askRemote(
  config: EngineSettings,
  args: readonly string[],
  makeInput?: () => Promise<Readable>,
): Promise<string> {
  const result = await tryAgain(config, args, {}, makeInput)
  if (result.exitCode === 0) return result.stdout.trim()
  throw remoteFailure(config, result)
}

const withClient = (options: ExecOptions): ExecOptions => ({
  quiet: true,
  ...options,
  env: { ...options.env, ...clientFolder() },
})

/** Whether the client has failed for want of a connection, so that trying again may help. */
export const isLost = (said: string): boolean =>
  !/certificate/i.test(said) &&
  (isTransient(said) ||
    /error during connect|cannot connect to the docker daemon|closed by remote host|exit status 255|mux_client|lost connection/i.test(
      said,
    ))

/** What a failure of the client means, and what to do about it. */
export function remoteFailure(config: EngineSettings, { stderr }: Executed): Failure {
  const { ENGINE } = config
  const host = ENGINE.replace(/^ssh:\/\//, '')
  const next = /host key/i.test(stderr)
    ? `ssh ${host}   (once: it asks whether to trust the host's key)`
    : /permission denied \(|publickey/i.test(stderr)
      ? `ssh-copy-id ${host}, or ssh-add the key that ${host} knows`
      : /permission denied.*docker|docker daemon socket/i.test(stderr)
        ? `on ${host}: sudo usermod -aG docker $USER`
        : /certificate/i.test(stderr)
          ? `docker context update ${ENGINE} --docker host=…,ca=…,cert=…,key=…   (of the authority that both sides trust)`
          : `${remoteLine(config, 'version')}   (says whether it answers)`
  return new Failure(`ENGINE=${JSON.stringify(ENGINE)}: ${lastWord(stderr)}`, { next })
}
