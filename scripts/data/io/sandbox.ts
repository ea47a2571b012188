import { readFileSync } from 'node:fs'
import type { Argv } from '../../cli/argv.ts'
import { Failure } from '../../cli/failure.ts'
import { exec, FEW, tryExec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { ofToolkit } from '../../cli/io/places.ts'
import { waitFor } from '../../cli/io/wait.ts'
import { tryJson } from '../../cli/parse.ts'
import { renderBytes } from '../../cli/table.ts'
import type { Config } from '../../config/io/read.ts'
import { removeContainers } from '../../docker/io/containers.ts'
import { engine, listContainers, readLog } from '../../docker/io/engine.ts'
import { withLastCheck } from '../../docker/io/last-check.ts'
import { toolkitImageId } from '../../docker/io/toolkit-container.ts'
import { COMPOSE_ONE_OFF } from '../../docker/labels.ts'
import { isCompose } from '../../docker/parse-compose.ts'
import { judge } from '../../docker/readiness.ts'
import { linkedFiles, linkKept } from '../../release/io/kept-files.ts'
import type { Composed } from '../../release/model.ts'
import { scriptOf } from '../../release/snapshot-presets.ts'
import type { Hook } from '../../release/volumes.ts'
import { hasLedger, ledgerPath, readLedger, removeLedger, writeLedger } from '../../state/io/ledger.ts'
import { type Description, isDescription } from '../description.ts'
import { makeOneOffs, makeSandbox, type Setting, sandboxProject } from '../sandbox.ts'

const FILE = 'stage.json'
const ONE_OFF_FILE = 'stage-one-off.json'
const composeArgv = (project: string, files: readonly string[], args: readonly string[]): Argv => [
  ...(['docker', 'compose', '--progress', 'plain', '--project-name', sandboxProject(project)] as const),
  ...['--env-file', '/dev/null', ...files.flatMap((file) => ['-f', ledgerPath(project, file)]), ...args],
]

/** Opens the sandbox of a project: services of a release beside it (data/sandbox.ts). A project has one at a time. */
export async function openSandbox(release: Composed, setting: Setting): Promise<void> {
  const { name: project } = release.compose
  const sandbox = makeSandbox(release, setting)
  const presets = release.volumes.flatMap(({ hook }) => hook?.preset ?? [])
  const scripts = presets.map((preset) => [
    preset,
    readFileSync(ofToolkit(`compose/hooks/${scriptOf(preset)}`), 'utf8'),
  ])
  const oneOffs = makeOneOffs(sandbox, release.volumes, Object.fromEntries(scripts), await toolkitImageId())
  writeLedger(project, [FILE], sandbox)
  writeLedger(project, [ONE_OFF_FILE], oneOffs)
}

/**
 * Runs a hook's command in the sandbox, to its end, and gives what it says of the data. Throws a Failure where it says
 * nothing.
 */
export async function runHook(config: Config, { service }: Hook, command: readonly string[]): Promise<Description> {
  const { stdout } = await runInSandbox(config, service, command)
  const [line = ''] = stdout.trimEnd().split('\n').slice(-1)
  const described = tryJson(line)
  if (isDescription(described)) return described
  throw new Failure(
    `${command.join(' ')} of service "${service}" does not describe the data: it printed ${JSON.stringify(line.slice(0, 200))}`,
    {
      next: 'let it print one line of JSON (docs/guides/data.md)',
    },
  )
}

/**
 * Runs a command in the sandbox, in a container of a service, to its end. Throws a Failure where it fails or takes too
 * long.
 */
export async function runInSandbox({ PROJECT, HOOK_TIMEOUT }: Config, service: string, command: readonly string[]) {
  const argv = composeArgv(PROJECT, [FILE, ONE_OFF_FILE], ['run', '--rm', '--no-deps', '--no-TTY', service, ...command])
  const result = await tryExec(argv, { timeout: HOOK_TIMEOUT, keep: FEW })
  if (result.dropped)
    log.warn(
      `${command.join(' ')} of service "${service}" printed much: ${renderBytes(result.dropped)} of it are left out`,
    )
  if (result.exitCode === 0) return result
  if (result.timedOut) {
    // The client has ended, but its container may still run.
    const left = (await listContainers(sandboxProject(PROJECT))).filter(
      ({ labels }) => labels[COMPOSE_ONE_OFF] === 'True',
    )
    await removeContainers(left)
    throw new Failure(
      `${command.join(' ')} of service "${service}" did not end within HOOK_TIMEOUT=${HOOK_TIMEOUT} seconds`,
      {
        next: 'make logs, correct it, then run the command again   (it takes its time: HOOK_TIMEOUT=…)',
      },
    )
  }
  const said = result.stderr.split('\n').filter((line) => line.trim() && !/^ ?(Container|Network|Volume) /.test(line))
  throw new Failure(
    `${command.join(' ')} of service "${service}" failed: ${said.at(-1) ?? `status ${result.exitCode}`}`,
    {
      next: `make logs SERVICE=${service}, correct it, then run the command again; a deploy without a snapshot: DEPLOY_SNAPSHOT=0 make deploy`,
      detail: said.slice(-20).join('\n'),
    },
  )
}

/**
 * Starts services in the sandbox, and waits up to `timeout` seconds until they are healthy. Throws a Failure with the
 * log.
 */
export async function startInSandbox(project: string, services: readonly string[], timeout: number): Promise<void> {
  const up = async (how: string) => await exec(composeArgv(project, [FILE], ['up', how, '--no-deps', ...services]))
  const sandbox = readLedger(isCompose, project, FILE)
  if (sandbox && services.some((name) => linkedFiles(sandbox, name).length > 0)) {
    await up('--no-start')
    await linkKept(sandbox, services, project)
  }
  await up('--detach')
  const found = await waitFor(async () => {
    const containers = (await listContainers(sandboxProject(project))).filter(({ service }) =>
      services.includes(service),
    )
    const verdicts = containers.map((container) => ({
      container,
      verdict: judge(container, 0, { others: [], now: Date.now(), spare: 1 }),
    }))
    const failed = verdicts.find(({ verdict }) => verdict.state === 'failed')
    if (failed?.verdict.state === 'failed')
      throw new Failure(await withLastCheck(failed.verdict.reason, failed.container.id), {
        next: 'make logs',
        detail: await readLog(failed.container.id),
      })
    return verdicts.length >= services.length && verdicts.every(({ verdict }) => verdict.state === 'ready')
  }, timeout)
  if (found) return
  const made = (await listContainers(sandboxProject(project))).filter(({ service }) => services.includes(service))
  const detail = (await Promise.all(made.map(({ id }) => readLog(id)))).join('\n')
  throw new Failure(`${services.join(', ')} not healthy within ${timeout} seconds`, { next: 'make logs', detail })
}

/** Whether there are networks of a release that a live sandbox can join. */
export async function hasNetworks({ compose }: Composed): Promise<boolean> {
  const names = Object.entries(compose.networks ?? {}).map(([key, one]) => one?.name ?? `${compose.name}_${key}`)
  return (await engine.listNetworks()).some(({ Name }) => names.includes(Name))
}

/** Removes the sandbox with all that it made. The volumes that it was given stay. */
export async function closeSandbox(project: string): Promise<void> {
  // Another manager of a swarm may have opened it.
  if (!hasLedger(project, FILE) && (await listContainers(sandboxProject(project))).length === 0) return
  const argv = ['docker', 'compose', '--progress', 'plain', '--project-name', sandboxProject(project)] as const
  await tryExec([...argv, 'down', '--volumes', '--remove-orphans', '--timeout', '30'], { quiet: true })
  removeLedger(project, ONE_OFF_FILE)
  removeLedger(project, FILE)
}
