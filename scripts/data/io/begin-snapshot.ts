import type { Argv } from '../../cli/argv.ts'
import { tryExec } from '../../cli/io/exec.ts'
import type { Config } from '../../config/io/read.ts'
import type { Release } from '../../release/model.ts'
import { volumeNames } from '../../release/over-volumes.ts'
import type { DataVolume } from '../../release/volumes.ts'
import type { Description } from '../description.ts'
import { acceptStoredAgain, parseBackup } from '../restic-report.ts'
import { type CopyMode, PASS_TAG, tagsOf } from '../snapshot.ts'
import type { BegunSnapshot } from '../snapshot-states.ts'
import { GO, gatedScript, startGated } from './gated-backup.ts'
import { checked, clearLeftovers, ensureRepository, mended, readVerifications } from './repository.ts'
import { type Mounted, placeOf, prepareRestic, resticOptions } from './restic-container.ts'
import { closeSandbox, hasNetworks, openSandbox, runHook } from './sandbox.ts'
import { sayProgress } from './say-progress.ts'
import { makeScratch } from './volumes.ts'

/**
 * Begins a snapshot of a release's data while they are in use. Hooks make their copies; with `pass`, restic copies all
 * else once, so that finishing takes only as long as what changes from here on. `target` is the target that takes the
 * snapshot.
 */
export async function beginSnapshot(
  config: Config,
  release: Release,
  modes: Readonly<Record<string, CopyMode>>,
  { pass, target }: { pass: boolean; target: string },
): Promise<BegunSnapshot> {
  await clearLeftovers(config)
  await ensureRepository(config)
  const volumes = release.volumes.filter(({ key }) => modes[key] !== undefined)
  const copied = volumes.filter(({ key, hook }) => hook && modes[key] !== 'files')
  const copies = await makeCopyVolumes(config, copied)
  const mounts = mountsOf(volumes, modes, copies)
  const { version, revision } = release.image
  const tags = tagsOf({ release: release.id, version, revision, target }, modes)
  const sources = { config, release, mounts, copied, copies }

  const gated = await gatedArgv(sources, tags, pass)
  let backup = startGated(gated)
  const [described, changed] = await both(
    copyByHooks(sources, backup),
    pass ? passOver(sources) : Promise.resolve([] as readonly string[]),
  ).catch((error: unknown) => {
    backup.giveUp()
    throw error
  })
  // A repository that cannot be opened must show before requests wait for the snapshot.
  const early = await backup.endedEarly()
  if (early && (await mended(config, early.exitCode))) backup = startGated(gated)
  else if (early) checked(config, early)
  const { finish, giveUp } = backup
  const finishOrRetry = async () => {
    const first = await finish()
    return acceptStoredAgain((await mended(config, first.exitCode)) ? await tryExec(gated, { input: GO }) : first)
  }
  return { release, modes, copies, described, changed, finish: finishOrRetry, giveUp }
}

/** What a snapshot reads: the volumes as restic's container has them, and those that hooks copy theirs into. */
type Sources = {
  readonly config: Config
  readonly release: Release
  readonly mounts: readonly Mounted[]
  readonly copied: readonly DataVolume[]
  readonly copies: Readonly<Record<string, string>>
}

const makeCopyVolumes = async ({ PROJECT }: Config, copied: readonly DataVolume[]): Promise<Record<string, string>> =>
  Object.fromEntries(
    await Promise.all(copied.map(async ({ key }) => [key, await makeScratch(PROJECT, 'copy', key)] as const)),
  )

const mountsOf = (
  volumes: readonly DataVolume[],
  modes: Readonly<Record<string, CopyMode>>,
  copies: Sources['copies'],
): Mounted[] => [
  ...volumes
    .filter(({ key }) => modes[key] !== 'dump')
    .map(({ key, name }) => ({ volume: name, at: `/volumes/${key}` })),
  ...Object.entries(copies).map(([key, volume]) => ({ volume, at: `/copies/${key}`, write: true })),
]

/** Waits for both, then gives both results, or throws what the first of them has thrown. */
async function both<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b])
  return [await a, await b]
}

async function gatedArgv({ config, mounts }: Sources, tags: readonly string[], passed: boolean): Promise<Argv> {
  const args = backupArgv(config, [
    ...(passed ? [] : parentOptions(config)),
    ...['--exclude-file', '/tmp/gate', ...tags.flatMap((tag) => ['--tag', tag])],
  ])
  return await prepareRestic(config, mounts, gatedScript(args))
}

const backupArgv = (config: Config, options: readonly string[]) => [
  ...[...resticOptions(config), 'backup', '--json', '--verbose=2', '--no-scan', '--host', config.PROJECT],
  ...[...options, '/volumes', '/copies'],
]

// restic compares with the last snapshot that was read back; without one it reads every file.
function parentOptions(config: Config): string[] {
  const parent = readVerifications(config.PROJECT).findLast(({ place }) => place === placeOf(config))?.id
  return parent === undefined ? ['--force'] : ['--parent', parent]
}

/** Runs the hooks that copy data, and gives what each says of its copy. */
async function copyByHooks(
  { config, release, copied, copies }: Sources,
  { opened, finish }: ReturnType<typeof startGated>,
): Promise<Record<string, Description>> {
  if (copied.length === 0) return {}
  if (!(await opened)) checked(config, await finish())
  const snapshots = Object.fromEntries(copied.map(({ key, hook }) => [hook?.service ?? '', copies[key] ?? '']))
  // After `make down` there are no networks to join, and nothing to reach.
  const live = await hasNetworks(release)
  await openSandbox(release, { live, volumes: volumeNames(release), snapshots })
  const described: Record<string, Description> = {}
  for (const { key, hook } of copied) if (hook) described[key] = await runHook(config, hook, hook.copy)
  if (!live) await closeSandbox(config.PROJECT)
  return described
}

/** Copies all once while it is in use, and gives the paths that have changed since the last verified snapshot. */
async function passOver({ config, mounts }: Sources): Promise<readonly string[]> {
  const args = backupArgv(config, [...parentOptions(config), '--tag', PASS_TAG])
  const argv = await prepareRestic(config, mounts, ['restic', ...args])
  const copy = async () => await tryExec(argv, { tap: sayProgress })
  const first = await copy()
  const result = (await mended(config, first.exitCode)) ? await copy() : first
  return parseBackup(checked(config, acceptStoredAgain(result))).changed
}
