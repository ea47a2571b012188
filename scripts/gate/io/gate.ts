import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../../cli/failure.ts'
import { exec } from '../../cli/io/exec.ts'
import { ofToolkit } from '../../cli/io/places.ts'
import { openScratch } from '../../cli/io/scratch.ts'
import type { Settings } from '../../config/settings.ts'
import { composeArgv } from '../../docker/compose-argv.ts'
import type { ContainerState } from '../../docker/container.ts'
import { findImage, listContainers } from '../../docker/io/engine.ts'
import { isFree } from '../../docker/io/free-port.ts'
import { runInside } from '../../docker/io/open-shell.ts'
import { gateTag, imageFolder, lockedImage, proxyTag } from '../../image/io/images.ts'
import { buildxLoad } from '../../image/io/stand-in.ts'
import type { Claims } from '../claims.ts'
import { FOLDER, renderConfig, renderFiles } from '../render.ts'
import { applyClaims, reloadGate, writeFiles } from './runtime.ts'

/** The settings that say where the gate of this engine listens. */
export type GateSettings = Pick<
  Settings,
  'GATE' | 'GATE_BIND' | 'GATE_HTTP_PORT' | 'GATE_HTTPS_PORT' | 'GATE_METRICS_PORT'
>

/** The network that the gate shares with the proxies of projects. */
export const proxiesNetwork = (gate: string): string => `${gate}_proxies`

/** The container of the gate, running or not; undefined where there is none. */
export const findGate = async (gate: string): Promise<ContainerState | undefined> =>
  (await listContainers(gate)).find(({ service }) => service === 'gate')

/** The gate that runs. Throws a Failure where none does. */
export async function requireGate(gate: string): Promise<ContainerState> {
  const found = await findGate(gate)
  if (found?.status === 'running') return found
  throw new Failure(`the gate ${gate} of this engine does not run`, { next: 'make gate' })
}

/** Starts the gate where none runs; one that runs is left alone. */
export async function ensureGate(settings: GateSettings, claims: Claims): Promise<void> {
  const found = await findGate(settings.GATE)
  if (found?.status !== 'running') await startGate(settings, claims, found)
}

/** Brings the gate up as these settings say, and lets one that runs take its configuration over without a gap. */
export async function renewGate(settings: GateSettings, claims: Claims): Promise<'started' | 'renewed' | 'unchanged'> {
  const found = await findGate(settings.GATE)
  if (found?.status !== 'running') {
    await startGate(settings, claims, found)
    return 'started'
  }
  const config = configOf(settings)
  const isNew = (await runInside(found.id, `cat ${FOLDER}/haproxy.cfg`)) !== config
  if (isNew) await writeFiles(found.id, { 'haproxy.cfg': config })
  await compose(settings, ['up', '--detach', '--wait', 'gate'])
  const after = await requireGate(settings.GATE)
  await applyClaims(after, claims)
  if (after.id !== found.id) return 'started'
  if (isNew) await reloadGate(after.id)
  return isNew ? 'renewed' : 'unchanged'
}

async function startGate(settings: GateSettings, claims: Claims, found: ContainerState | undefined): Promise<void> {
  for (const port of [settings.GATE_HTTP_PORT, settings.GATE_HTTPS_PORT])
    if (!(await isFree(settings.GATE_BIND, port)))
      throw new Failure(`the gate cannot have port ${port} of ${settings.GATE_BIND}: another program has it`, {
        next: 'stop that program (`ss -ltnp` says which); or set GATE_HTTP_PORT and GATE_HTTPS_PORT',
      })
  if (!found) await compose(settings, ['create', '--no-recreate', 'gate'])
  await copyFiles((await findGate(settings.GATE))?.name ?? '', {
    'haproxy.cfg': configOf(settings),
    ...renderFiles(claims),
  })
  await compose(settings, ['up', '--detach', '--wait', 'gate'])
}

/** Starts the companion that gets certificates and renews them. */
export async function ensureCompanion(settings: GateSettings): Promise<void> {
  const tag = gateImage()
  if (!(await findImage(tag))) await buildxLoad(tag, 'PROXY_IMAGE', proxyImage(), imageFolder('gate'), [])
  await compose(settings, ['up', '--detach', '--no-deps', 'certificates'])
}

const proxyImage = () => proxyTag(lockedImage('haproxy'))
const gateImage = () => gateTag(proxyImage())
const configOf = ({ GATE_HTTP_PORT, GATE_HTTPS_PORT }: GateSettings) =>
  renderConfig(readFileSync(ofToolkit('compose/gate/haproxy.cfg'), 'utf8'), {
    http: GATE_HTTP_PORT,
    https: GATE_HTTPS_PORT,
  })

async function compose(settings: GateSettings, args: readonly string[]): Promise<void> {
  const env = Object.fromEntries(
    (['GATE', 'GATE_BIND', 'GATE_HTTP_PORT', 'GATE_HTTPS_PORT', 'GATE_METRICS_PORT'] as const).map((name) => [
      name,
      String(settings[name]),
    ]),
  )
  const files = [ofToolkit('compose/gate/gate.yaml')]
  const argv = composeArgv(settings.GATE, files, ['--profile', 'certificates', '--progress', 'plain', ...args])
  await exec(argv, { follow: true, env: { ...env, PROXY_IMAGE: proxyImage(), GATE_IMAGE: gateImage() } })
}

async function copyFiles(container: string, files: Readonly<Record<string, string>>): Promise<void> {
  using scratch = openScratch('gate')
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(scratch.path, name), text, { mode: 0o644 })
    await exec(['docker', 'cp', join(scratch.path, name), `${container}:${FOLDER}/${name}`], { quiet: true })
  }
}
