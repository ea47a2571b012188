import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../../cli/failure.ts'
import { exec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { ofToolkit } from '../../cli/io/places.ts'
import { openScratch } from '../../cli/io/scratch.ts'
import type { Settings } from '../../config/settings.ts'
import { composeArgv } from '../../docker/compose-argv.ts'
import type { ComposeModel } from '../../docker/compose-model.ts'
import type { ContainerState } from '../../docker/container.ts'
import { removeContainers } from '../../docker/io/containers.ts'
import { findImage, listContainers } from '../../docker/io/engine.ts'
import { isFree } from '../../docker/io/free-port.ts'
import { runInside } from '../../docker/io/open-shell.ts'
import { DEFINITION_LABEL, SUCCESSOR_LABEL } from '../../docker/labels.ts'
import { parseCompose } from '../../docker/parse-compose.ts'
import { findProxies, retireOthers, startSuccessor, takesOver } from '../../proxy/io/hand-over.ts'
import { proxyOf } from '../../proxy/io/runtime.ts'
import { doorOf, publishes, servingProxy, successorsOf } from '../../proxy/successor.ts'
import type { Claims } from '../claims.ts'
import { type Facing, FOLDER, renderConfig, renderFiles } from '../render.ts'
import { gateDoor, kindOf, labelGate, placeGate, runtimeOf } from '../successor.ts'
import { companionImage, ensureCompanionImage, gateImage } from './images.ts'
import { applyClaims, configureGate, leaveFor, readConfig } from './runtime.ts'

/** The settings of the gate of this engine. */
export type GateSettings = Facing & Pick<Settings, 'GATE' | 'GATE_BIND' | 'GATE_METRICS_PORT'>

/** The network that the gate shares with the proxies of projects. */
export const proxiesNetwork = (gate: string): string => `${gate}_proxies`

/** The gate that serves, or the one that would; undefined where there is none. */
export async function findGate(gate: string): Promise<ContainerState | undefined> {
  const [all, kind] = [await listContainers(gate), kindOf(gate)]
  return servingProxy(all, kind) ?? doorOf(all, kind)
}

/** The gate that runs. Throws a Failure where none does. */
export async function requireGate(gate: string): Promise<ContainerState> {
  const found = await findGate(gate)
  if (found?.status === 'running') return found
  throw new Failure(`the gate ${gate} of this engine does not run`, { next: 'make gate' })
}

/** Starts the gate where none runs, and finishes an upgrade that was killed. One that runs is left alone otherwise. */
export async function ensureGate(settings: GateSettings, claims: Claims): Promise<void> {
  const found = await findGate(settings.GATE)
  if (found?.status !== 'running') return await startGate(settings, claims, await readModel(settings))
  await finishUpgrade(settings.GATE)
  const image = (await findImage(gateImage()))?.Id
  if (image !== undefined && image !== found.image)
    log.note(
      `the gate ${settings.GATE} has another image than this toolkit\n  next: make gate   (replaces it without a gap)`,
    )
}

/** What has become of the gate, and how many connections were cut for it. */
export type Renewed = { readonly outcome: 'started' | 'renewed' | 'unchanged'; readonly cut: number }

/** Brings the gate up as these settings and this toolkit say. One that runs is replaced, or takes its configuration over, without a gap. */
export async function renewGate(settings: GateSettings, claims: Claims): Promise<Renewed> {
  const { GATE } = settings
  const [model, kind] = [await readModel(settings), kindOf(settings.GATE)]
  const door = doorOf(await listContainers(GATE), kind)
  if (door?.status !== 'running' || !publishes(door, model, kind)) {
    await startGate(settings, claims, model)
    return { outcome: 'started', cut: 0 }
  }
  const cut = await finishUpgrade(GATE)
  const serving = await requireGate(GATE)
  // A door that has started since passes connections on: one more hop, and the limits see a client only after its handshake.
  const isPassedOn = serving.id !== door.id && door.startedAt > serving.startedAt
  if (isPassedOn || serving.labels[DEFINITION_LABEL] !== model.services['gate']?.labels?.[DEFINITION_LABEL]) {
    await beginUpgrade(settings, claims)
    return { outcome: 'renewed', cut: cut + (await finishUpgrade(GATE)) }
  }
  const config = placeGate(configOf(settings, claims), serving.labels[SUCCESSOR_LABEL])
  const isNew = (await readConfig(serving)) !== config
  if (isNew) await configureGate(serving, config)
  await applyClaims(serving, claims)
  return { outcome: isNew ? 'renewed' : 'unchanged', cut }
}

/** Starts a gate of this toolkit's definition beside the one that runs: both answer from here on. */
export async function beginUpgrade(settings: GateSettings, claims: Claims): Promise<void> {
  const serving = await requireGate(settings.GATE)
  await applyClaims(serving, claims)
  await startSuccessor(await readModel(settings), kindOf(settings.GATE), (successor) =>
    leaveFor(serving, successor, placeGate(configOf(settings, claims), successor)),
  )
}

/**
 * Lets the newest gate serve alone, where an upgrade has begun; takes it away where it has not got the ports. Gives how many
 * connections were cut.
 */
export async function finishUpgrade(gate: string): Promise<number> {
  const kind = kindOf(gate)
  const { all, serving, door } = await findProxies(gate, kind)
  const successors = successorsOf(all, kind)
  if (successors.length === 0) return 0
  const hasBegun = successors.length > 1 || !(await proxyOf(door).isDoor())
  if (hasBegun && serving.id !== door.id && !(await takesOver(serving, kind))) await removeContainers([serving])
  const cut = await retireOthers(gate, kind, async () => gateDoor(readTemplate('compose/proxy/door.cfg')))
  const { id } = await requireGate(gate)
  const gone = all.filter((one) => one.service === kind.service && one.id !== id)
  const sockets = gone.map((one) => runtimeOf(one.labels[SUCCESSOR_LABEL]))
  await runInside(id, `rm -f ${sockets.join(' ')}`)
  return cut
}

// Where another address or port is wanted, nobody has the sockets meanwhile.
async function startGate(settings: GateSettings, claims: Claims, model: ComposeModel): Promise<void> {
  const { GATE, GATE_BIND, GATE_HTTP_PORT, GATE_HTTPS_PORT } = settings
  const former = (await listContainers(GATE)).filter(({ service }) => service === 'gate')
  const own = former.flatMap(({ ports }) => ports)
  for (const port of [GATE_HTTP_PORT, GATE_HTTPS_PORT])
    if (!own.includes(`${GATE_BIND}:${port}`) && !(await isFree(GATE_BIND, port)))
      throw new Failure(`the gate cannot have port ${port} of ${GATE_BIND}: another program has it`, {
        next: 'stop that program (`ss -ltnp` says which); or set GATE_HTTP_PORT and GATE_HTTPS_PORT',
      })
  await removeContainers(former)
  const input = JSON.stringify(model)
  const run = (...args: string[]) =>
    exec(composeArgv(GATE, ['-'], ['--progress', 'plain', ...args]), {
      input,
      follow: true,
      env: { COMPOSE_IGNORE_ORPHANS: '1' },
    })
  await run('create', 'gate')
  await copyFiles((await findGate(GATE))?.name ?? '', {
    'haproxy.cfg': placeGate(configOf(settings, claims)),
    ...renderFiles(claims),
  })
  await run('up', '--detach', '--wait', 'gate')
}

/** Starts the companion that gets certificates and renews them. */
export async function ensureCompanion(settings: GateSettings): Promise<void> {
  await ensureCompanionImage()
  await exec(composeOf(settings, ['--progress', 'plain', 'up', '--detach', '--no-deps', 'certificates']), {
    follow: true,
    env: { ...environmentOf(settings), COMPOSE_IGNORE_ORPHANS: '1' },
  })
}

const readTemplate = (file: string) => readFileSync(ofToolkit(file), 'utf8')
const configOf = (settings: GateSettings, claims: Claims) =>
  renderConfig(readTemplate('compose/gate/haproxy.cfg'), settings, claims)

const environmentOf = (settings: GateSettings) => {
  const own = (['GATE', 'GATE_BIND', 'GATE_HTTP_PORT', 'GATE_HTTPS_PORT', 'GATE_METRICS_PORT'] as const).map(
    (name) => [name, String(settings[name])] as const,
  )
  return { ...Object.fromEntries(own), PROXY_IMAGE: gateImage(), GATE_IMAGE: companionImage() }
}
const composeOf = ({ GATE }: GateSettings, args: readonly string[]) =>
  composeArgv(GATE, [ofToolkit('compose/gate/gate.yaml')], ['--profile', 'certificates', ...args])

async function readModel(settings: GateSettings): Promise<ComposeModel> {
  const { stdout } = await exec(composeOf(settings, ['config']), { quiet: true, env: environmentOf(settings) })
  return labelGate(parseCompose(stdout, 'compose/gate/gate.yaml'))
}

async function copyFiles(container: string, files: Readonly<Record<string, string>>): Promise<void> {
  using scratch = openScratch('gate')
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(scratch.path, name), text, { mode: 0o644 })
    await exec(['docker', 'cp', join(scratch.path, name), `${container}:${FOLDER}/${name}`], { quiet: true })
  }
}
