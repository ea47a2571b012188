import { exec, tryExec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { engine, listOwned, orUndefined } from '../../docker/io/engine.ts'
import { OWNER, PROJECT_LABEL } from '../../docker/labels.ts'
import { goodReleases } from '../../release/history.ts'
import { readReleases } from '../../release/io/history.ts'
import { hasRelease, loadRelease } from '../../release/io/render.ts'
import { type KeptPaths, keptOf } from '../../release/kept-paths.ts'
import type { Composed, Release } from '../../release/model.ts'
import type { DataVolume } from '../../release/volumes.ts'
import { readOrWarn, removeLedger, writeLedger } from '../../state/io/ledger.ts'
import { isTextList, isTexts } from '../../state/records.ts'
import { type Fates, sayNew, type VolumeState } from '../volumes.ts'

/** A volume as the engine reports it; undefined where no volume has that name. */
export async function findVolume(name: string): Promise<VolumeState | undefined> {
  const found = await orUndefined(engine.getVolume(name).inspect())
  if (!found) return undefined
  const { Name, Labels, CreatedAt } = found as typeof found & { CreatedAt?: string }
  return { name: Name, createdAt: CreatedAt ?? '', labels: Labels ?? {} }
}

/** Makes a volume, unless one has that name already. */
export async function ensureVolume(
  name: string,
  labels: Readonly<Record<string, string>>,
  { driver, options }: Pick<DataVolume, 'driver' | 'options'> = { driver: 'local', options: {} },
): Promise<void> {
  if (await findVolume(name)) return
  const pairs = (flag: string, values: Readonly<Record<string, string>>) =>
    Object.entries(values).flatMap((pair) => [flag, pair.join('=')])
  const argv = ['docker', 'volume', 'create', '--driver', driver] as const
  await exec([...argv, ...pairs('--opt', options), ...pairs('--label', labels), name])
}

/**
 * Makes a project's data volume, without Compose's labels: `docker compose down --volumes` removes a volume that has
 * them.
 */
export const makeDataVolume = async (project: string, volume: DataVolume): Promise<void> =>
  await ensureVolume(volume.name, { [OWNER]: 'data', [PROJECT_LABEL]: project }, volume)

/**
 * Makes an empty volume for a while: a hook copies data into it, or a snapshot is read back into it. Gives its name.
 */
export async function makeScratch(project: string, purpose: string, key: string): Promise<string> {
  const name = `${project}.${purpose}.${key}`
  await removeVolumes([name])
  await ensureVolume(name, { [OWNER]: SCRATCH, [PROJECT_LABEL]: project })
  return name
}

/** Removes all such volumes of a project, also those that killed runs have left. */
export const removeScratch = async (project: string): Promise<void> =>
  removeVolumes(await listOwned(project, 'volume', SCRATCH))

const SCRATCH = 'scratch'

/** Removes volumes, if they are there. */
export async function removeVolumes(names: readonly string[]): Promise<void> {
  if (names.length > 0) await tryExec(['docker', 'volume', 'rm', '--force', ...names], { quiet: true })
}

const FILLING = 'filling.json'

/** Writes down which new volumes are about to be filled; an empty list when that is done. */
export const writeFilling = (project: string, names: readonly string[]): void =>
  names.length > 0 ? writeLedger(project, [FILLING], names) : removeLedger(project, FILLING)

/** Removes the volumes that a killed run has left half filled: nothing has used them. */
export async function removeHalfFilled(project: string): Promise<void> {
  const known = await readKnown(project)
  const found = await Promise.all((readOrWarn(isTextList, project, FILLING) ?? []).map(findVolume))
  await removeVolumes(found.flatMap((one) => (one && known[one.name] !== one.createdAt ? [one.name] : [])))
  writeFilling(project, [])
}

const NEW = 'new-volumes.json'

/** Writes down which volumes a deploy is about to make, and what becomes of each where it fails. */
export const writeNew = (project: string, fates: Fates): void =>
  writeFates(project, { ...readFates(project), ...fates })

/** The volumes that a deploy has made and from which nothing has served yet: all of them, or those that go with it. */
export async function readNew(project: string, which: 'all' | 'discard'): Promise<string[]> {
  const wanted = Object.entries(readFates(project)).filter(([, fate]) => which === 'all' || fate === which)
  const found = await Promise.all(wanted.map(([name]) => findVolume(name)))
  const isOurs = ({ labels }: VolumeState) => labels[OWNER] === 'data' && labels[PROJECT_LABEL] === project
  return found.flatMap((one) => (one && isOurs(one) ? [one.name] : []))
}

/** Says of each volume that a failed deploy has left what to do with it, and gives their names. */
export async function warnOfNew(project: string): Promise<string[]> {
  const left = await readNew(project, 'all')
  for (const name of left) log.warn(sayNew(name))
  return left
}

/** As warnOfNew, at the end of such a deploy: what is left now, somebody may use by hand, and no other run removes it. */
export async function keepNew(project: string): Promise<void> {
  const left = await warnOfNew(project)
  writeFates(project, Object.fromEntries(left.map((name) => [name, 'keep'])))
}

/** Writes down that requests may reach the new version from here on: what is in the volumes made for it are data. */
export async function rememberNew(project: string): Promise<void> {
  const names = await readNew(project, 'all')
  if (names.length > 0) await rememberVolumes(project, names)
}

const readFates = (project: string): Readonly<Record<string, string>> => readOrWarn(isTexts, project, NEW) ?? {}
const writeFates = (project: string, fates: Readonly<Record<string, string>>): void =>
  Object.keys(fates).length > 0 ? writeLedger(project, [NEW], fates) : removeLedger(project, NEW)

const FILE = 'volumes.json'

/**
 * When each volume that holds data was made, by name: a volume that was made anew under that name is another one, and
 * empty. Where the ledger has lost it, the last good release names them, and the engine knows when they were made.
 */
export async function readKnown(project: string): Promise<Readonly<Record<string, string>>> {
  return readOrWarn(isTexts, project, FILE) ?? (await knownAnew(project))
}

async function knownAnew(project: string): Promise<Readonly<Record<string, string>>> {
  const made = lastVolumes(project).map(
    async ({ name }) => [name, (await findVolume(name))?.createdAt ?? 'lost'] as const,
  )
  return Object.fromEntries(await Promise.all(made))
}

/** The name of the volume that each key stands for now, also for keys that only an earlier release mounts. */
export const readCurrent = (project: string): Readonly<Record<string, string>> =>
  readOrWarn(isTexts, project, CURRENT) ??
  Object.fromEntries(lastVolumes(project).map(({ key, name }) => [key, name] as const))

/** What volumes keep for services whose Compose file mounts none there, by service. */
export const readKept = (project: string): KeptPaths => {
  const last = readLast(project)
  return last ? keptOf(last.compose) : {}
}

const lastVolumes = (project: string): Composed['volumes'] => readLast(project)?.volumes ?? []

/** The last good release that can be read. */
export function readLast(project: string): Release | undefined {
  const last = goodReleases(readReleases(project)).find(({ release }) => hasRelease(project, release))
  return last && loadRelease(project, last.release)
}
const CURRENT = 'current-volumes.json'

/** Writes down which volumes the release that serves mounts. */
export async function settleVolumes({ compose: { name: project }, volumes }: Composed): Promise<void> {
  await rememberVolumes(
    project,
    volumes.map(({ name }) => name),
  )
  writeLedger(project, [CURRENT], {
    ...readCurrent(project),
    ...Object.fromEntries(volumes.map(({ key, name }) => [key, name])),
  })
}

/** Writes down that these volumes hold a project's data. */
export async function rememberVolumes(project: string, names: readonly string[]): Promise<void> {
  const before = readOrWarn(isTexts, project, FILE)
  const known = before ?? (await knownAnew(project))
  const found = await Promise.all(names.map(findVolume))
  const more = found.flatMap((one) => (one ? [[one.name, one.createdAt] as const] : []))
  const kept = { ...known, ...Object.fromEntries(more) }
  // Also where only the file was lost.
  if (JSON.stringify(before) !== JSON.stringify(kept)) writeLedger(project, [FILE], kept)
  const fates = Object.entries(readFates(project))
  if (fates.length > 0) writeFates(project, Object.fromEntries(fates.filter(([name]) => !names.includes(name))))
}

/** Forgets volumes that were removed. */
export async function forgetVolumes(project: string, names: readonly string[]): Promise<void> {
  const isLeft = (name: string) => !names.includes(name)
  const known = Object.entries(await readKnown(project)).filter(([name]) => isLeft(name))
  const current = Object.entries(readCurrent(project)).filter(([, name]) => isLeft(name))
  writeLedger(project, [FILE], Object.fromEntries(known))
  writeLedger(project, [CURRENT], Object.fromEntries(current))
}
