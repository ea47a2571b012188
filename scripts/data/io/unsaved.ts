import { log } from '../../cli/io/log.ts'
import type { ContainerState } from '../../docker/container.ts'
import { listContainers } from '../../docker/io/engine.ts'
import { inspectWriter, readChanges, readHead } from '../../docker/io/written-files.ts'
import { type ReleaseEntry, servedSince } from '../../release/history.ts'
import { readReleases } from '../../release/io/history.ts'
import { looksLikeData, namelessData, sayUnsaved, type Unsaved, type Written, writtenPaths } from '../unsaved.ts'

// Of so many files the engine is asked, so many at a time. Of the rest their names alone tell.
const MOST = 1000
const AT_ONCE = 16

/**
 * What each of these containers has written outside of its volumes; nothing for those that have written nothing. The releases of
 * `project` say when one began to serve; without it, nobody knows.
 */
export async function readUnsaved(containers: readonly ContainerState[], project?: string): Promise<Unsaved[]> {
  const releases = project === undefined ? [] : readReleases(project)
  const read = await Promise.all(containers.map((one) => readOne(one, releases)))
  return read.filter(({ written, nameless }) => written.length > 0 || nameless.length > 0)
}

async function readOne({ id, name, service }: ContainerState, releases: readonly ReleaseEntry[]): Promise<Unsaved> {
  const writer = await inspectWriter(id)
  const nameless = namelessData(writer?.nameless ?? [])
  const found = { service, container: name, nameless }
  if (!writer || writer.readOnly) return { ...found, written: [], data: [] }
  const { mounts } = writer
  const times = { ...writer.times, served: servedSince(releases, writer.times.created) }
  const changes = await readChanges(id)
  const paths = writtenPaths(changes, mounts)
  const heads: Written[] = paths.slice(MOST).map((path) => ({ path, modified: 0, head: '' }))
  for (let from = 0; from < Math.min(MOST, paths.length); from += AT_ONCE) {
    const some = paths.slice(from, Math.min(from + AT_ONCE, MOST))
    const read = some.map(async (path) => {
      const head = await readHead(id, path)
      return head ? [{ path, ...head }] : []
    })
    heads.push(...(await Promise.all(read)).flat())
  }
  const data = new Set(heads.filter((one) => looksLikeData(one, times)))
  const added = new Set(changes.filter(({ Kind }) => Kind === 1).map(({ Path }) => Path))
  // A start that gives files to a user, or opens them, changes nothing in them.
  const isOld = ({ path, modified }: Written) => modified > 0 && !added.has(path) && modified < times.created - 1000
  const written = heads.filter((one) => data.has(one) || !isOld(one))
  return { ...found, written: written.map(({ path }) => path).sort(), data: [...data].map(({ path }) => path).sort() }
}

/** Shows what these containers have written outside of their volumes. */
export function showUnsaved(unsaved: readonly Unsaved[]): void {
  for (const { service, written, nameless } of unsaved) {
    if (written.length > 0) log.warn(`${sayUnsaved(service, written)}; they go with its container`)
    if (nameless.length > 0) log.warn(`${service} keeps ${nameless.join(', ')} in a volume without a name: give it one`)
  }
}

/** As readUnsaved and showUnsaved, for every container of a project. */
export const showAllUnsaved = async (project: string): Promise<void> =>
  showUnsaved(await readUnsaved(await listContainers(project)))
