import { PassThrough } from 'node:stream'
import { Failure } from '../../cli/failure.ts'
import { type Executed, exec, tryExec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { waitFor } from '../../cli/io/wait.ts'
import type { Config } from '../../config/io/read.ts'
import type { Release } from '../../release/model.ts'
import { volumeNames } from '../../release/over-volumes.ts'
import { type CopyMode, type Description, PASS_TAG, shortSnapshot, tagsOf } from '../snapshot.ts'
import {
  checked,
  clearLeftovers,
  ensureRepository,
  INCOMPLETE,
  mended,
  readVerifications,
  restic,
} from './repository.ts'
import { type Mounted, placeOf, resticOptions, resticRunArgv } from './restic-container.ts'
import { closeSandbox, hasNetworks, openSandbox, runHook } from './sandbox.ts'
import { makeScratch } from './volumes.ts'

/** A snapshot on its way: begun while the data are in use, to be finished in a moment, then to be verified. */
export type Taking = {
  readonly release: Release
  readonly modes: Readonly<Record<string, CopyMode>>
  /** The volumes into which hooks have written, by key, and what the hooks said of that. */
  readonly copies: Readonly<Record<string, string>>
  readonly described: Readonly<Record<string, Description>>
  /** The paths that have changed since the snapshot that was read back last. */
  readonly changed: Set<string>
  readonly gate: PassThrough
  readonly done: Promise<Executed>
  /** Takes it once more, at once. */
  readonly again: () => Promise<Executed>
  /** Set when it is finished: how many bytes it holds, too. */
  id: string
  bytes: number
}

/**
 * Waits for `go`, and only then reads the volumes: restic has opened the repository by then, which takes longer than the
 * rest, and waits to read what to leave out. That are the files that a hook has copied, and what lies beside them by name
 * (SQLite's -journal, -wal and -shm). Without `go`, say because the run was killed, no snapshot comes to be;
 * where restic ends by itself, say because the disk is full, nobody waits for `go`.
 */
const GATED = `set -o pipefail
mkfifo /tmp/gate
exec 3<&0
{ restic "$@" | { grep -v '"action":"unchanged"' || :; }; } &
run=$!
{ read -r go <&3 && [ "$go" = go ] &&
find /copies -type f -printf '/volumes/%P\\n' | sed 's/[][*?\\\\]/\\\\&/g; s/\\$/$$/g; p; h; s/$/-journal/p; g; s/$/-wal/p; g; s/$/-shm/' >/tmp/gate || kill $run; } &
wait $run`

/**
 * Begins a snapshot of a release's data: hooks make their copies, and, with `pass`, all else is copied once while it is in
 * use, so that finishing takes as long as what changes from here on. `target` is what takes it.
 */
export async function beginSnapshot(
  config: Config,
  release: Release,
  modes: Taking['modes'],
  { pass, target }: { pass: boolean; target: string },
): Promise<Taking> {
  await clearLeftovers(config)
  await ensureRepository(config)
  const volumes = release.volumes.filter(({ key }) => modes[key] !== undefined)
  const copied = volumes.filter(({ key, hook }) => hook && modes[key] !== 'files')
  const copies = Object.fromEntries(
    await Promise.all(copied.map(async ({ key }) => [key, await makeScratch(config.PROJECT, 'copy', key)] as const)),
  )
  const mounts: Mounted[] = [
    ...volumes
      .filter(({ key }) => modes[key] !== 'dump')
      .map(({ key, name }) => ({ volume: name, at: `/volumes/${key}` })),
    ...Object.entries(copies).map(([key, volume]) => ({ volume, at: `/copies/${key}`, write: true })),
  ]
  const parent = readVerifications(config.PROJECT).findLast(({ place }) => place === placeOf(config))?.id
  const { version, revision } = release.image
  const tags = tagsOf({ release: release.id, version, revision, target }, modes)
  const since = parent === undefined ? ['--force'] : ['--parent', parent]
  const args = (more: readonly string[]) => [
    ...[...resticOptions(config), 'backup', '--json', '--verbose=2', '--no-scan', '--host', config.PROJECT],
    ...[...more, '/volumes', '/copies'],
  ]
  const run = (script: readonly string[]) => resticRunArgv(config, mounts, script)

  const final = args([...(pass ? [] : since), '--exclude-file', '/tmp/gate', ...tags.flatMap((tag) => ['--tag', tag])])
  const gated = await run(['bash', '-c', GATED, 'restic', ...final])
  let gate = new PassThrough()
  let ended: Executed | undefined
  const start = () => tryExec(gated, { input: gate }).then((result) => (ended = result))
  let done = start()
  const copying = async () => {
    if (copied.length === 0) return {}
    // Whoever the service runs as may write there.
    const open = await resticRunArgv(config, mounts, ['chmod', '1777', ...copied.map(({ key }) => `/copies/${key}`)])
    await exec(open, { quiet: true })
    const snapshots = Object.fromEntries(copied.map(({ key, hook }) => [hook?.service ?? '', copies[key] ?? '']))
    // After `make down` there are no networks to join, and nothing to reach.
    const live = await hasNetworks(config.PROJECT)
    openSandbox(release, { live, volumes: volumeNames(release), snapshots })
    const described: Record<string, Description> = {}
    for (const { key, hook } of copied) if (hook) described[key] = await runHook(config, hook, hook.copy)
    if (!live) await closeSandbox(config.PROJECT)
    return described
  }
  const passing = async () =>
    pass ? (await takeBackup(config, await run(['restic', ...args([...since, '--tag', PASS_TAG])]))).changed : []
  const [described, changed] = await Promise.allSettled([copying(), passing()])
  const failed = [described, changed].find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') {
    gate.end()
    throw failed.reason
  }
  // Whether it could open the repository shows before anything waits for it.
  if (ended && (await mended(config, (ended as Executed).exitCode))) {
    ended = undefined
    gate = new PassThrough()
    done = start()
  }
  if (ended) checked(config, ended)
  if (described?.status !== 'fulfilled' || changed?.status !== 'fulfilled') throw new Error('unreachable')
  return {
    release,
    modes,
    copies,
    described: described.value,
    changed: new Set(changed.value),
    gate,
    done,
    again: () => tryExec(gated, { input: 'go\n' }),
    id: '',
    bytes: 0,
  }
}

/** Finishes a snapshot, within seconds: what is read from here on is what it holds. */
export async function finishSnapshot(config: Config, taking: Taking, limit: number): Promise<void> {
  taking.gate.end('go\n')
  const finishing = async () => {
    const first = await taking.done
    return complete((await mended(config, first.exitCode)) ? await taking.again() : first)
  }
  let ended = false
  const asked = finishing().finally(() => {
    ended = true
  })
  asked.catch(() => {})
  await waitFor(async () => ended, limit)
  if (!ended)
    throw new Failure(`the snapshot is not finished within ${limit.toFixed(1)} seconds, while requests wait`, {
      next: 'HOLD_TIMEOUT=… make deploy   (longer, at most 50)',
    })
  const result = await asked
  if (result.exitCode === INCOMPLETE) await restic(config, ['forget', read(result).id])
  const { id, bytes, changed } = read(checked(config, result))
  taking.id = id
  taking.bytes = bytes
  for (const path of changed) taking.changed.add(path)
  log.note(`snapshot ${shortSnapshot(id)}`)
}

/** Gives up a snapshot that was begun: nothing of it stays. */
export function dropSnapshot(taking: Taking | undefined): void {
  taking?.gate.end()
}

/** Runs a command that ends in restic's report of a backup. */
async function takeBackup(config: Config, argv: Parameters<typeof tryExec>[0]) {
  const result = await tryExec(argv)
  return read(checked(config, complete((await mended(config, result.exitCode)) ? await tryExec(argv) : result)))
}

// What a repaired repository had lost is put in again: restic counts that as a file that it could not read.
function complete(result: Executed): Executed {
  const errors = result.stderr.split('\n').filter((line) => line.includes('"message_type":"error"'))
  const isWhole = errors.length > 0 && errors.every((line) => line.includes('; storing the file again"'))
  return result.exitCode === INCOMPLETE && isWhole ? { ...result, exitCode: 0 } : result
}

type Line = {
  message_type: string
  action?: string
  item?: string
  snapshot_id?: string
  total_bytes_processed?: number
}
/** The id of a snapshot, its size, and the files that restic has found new or changed. */
function read({ stdout }: Executed): { id: string; bytes: number; changed: string[] } {
  const lines = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line)
  const isChanged = ({ action, item }: Line) => (action === 'new' || action === 'modified') && !item?.endsWith('/')
  const summary = lines.find(({ message_type }) => message_type === 'summary')
  return {
    id: summary?.snapshot_id ?? '',
    bytes: summary?.total_bytes_processed ?? 0,
    changed: lines.filter(isChanged).flatMap(({ item }) => item ?? []),
  }
}
