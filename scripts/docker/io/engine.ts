import { once } from 'node:events'
import { PassThrough, type Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type Dockerode from 'dockerode'
import * as v from 'valibot'
import { Failure } from '../../cli/failure.ts'
import { FEW } from '../../cli/io/exec.ts'
import { parseJsonLines } from '../../cli/parse.ts'
import { reference as isReference } from '../compose-schema.ts'
import type { ContainerState } from '../container.ts'
import { COMPOSE_PROJECT, COMPOSE_SERVICE, OWNER, PROJECT_LABEL } from '../labels.ts'
import { engine, patient, socketPath } from './engines.ts'

export { engine, manager, patient } from './engines.ts'

/** Whether the engine answers at all. */
export const answers = (): Promise<boolean> =>
  engine.ping().then(
    () => true,
    () => false,
  )

/** What the engine reports of an image; undefined where it has no image of that name or id. */
export async function findImage(reference: string): Promise<Dockerode.ImageInspectInfo | undefined> {
  // The name becomes a part of a path of the API.
  if (!v.is(isReference, reference)) return undefined
  return await orUndefined(engine.getImage(reference).inspect())
}

/** The digest that a registry has for a reference now. The engine asks for it, and pulls nothing. */
export const readRegistryDigest = async (reference: string): Promise<string> =>
  (await engine.getImage(reference).distribution()).Descriptor.digest

/** The image id by tag, for every tag that a repository has on this engine. */
export async function listTags(repository: string): Promise<Record<string, string>> {
  const images = await engine.listImages({ filters: { reference: [repository] } })
  const prefix = `${repository}:`
  return Object.fromEntries(
    images.flatMap(({ Id, RepoTags }) =>
      (RepoTags ?? []).filter((tag) => tag.startsWith(prefix)).map((tag) => [tag.slice(prefix.length), Id]),
    ),
  )
}

/** The id of the newest image of a repository on this engine. */
export async function findNewest(repository: string): Promise<string | undefined> {
  const images = await engine.listImages({ filters: { reference: [repository] } })
  return images.toSorted((one, other) => other.Created - one.Created)[0]?.Id
}

/** The ids of all images on this engine. */
export async function listImageIds(): Promise<Set<string>> {
  return new Set((await engine.listImages({ all: true })).map(({ Id }) => Id))
}

/** All containers of a Compose project, running or not, as the engine sees them now. */
export async function listContainers(project: string): Promise<ContainerState[]> {
  const rows = await engine.listContainers({ all: true, filters: { label: [`${COMPOSE_PROJECT}=${project}`] } })
  const inspect = (id: string) => orUndefined(engine.getContainer(id).inspect())
  // One that is being removed, such as a guard that has done its work, has no files for a moment: the engine calls that an error.
  const again = async (id: string) => await sleep(1000).then(() => inspect(id))
  const found = await Promise.all(rows.map(({ Id }) => inspect(Id).catch(() => again(Id))))
  return found.filter((info) => info !== undefined).map(stateOf)
}

/** The ids of the containers, or the names of the volumes, of one kind that the toolkit has made for a project. */
export async function listOwned(project: string, what: 'container' | 'volume', kind: string): Promise<string[]> {
  const filters = { label: [`${PROJECT_LABEL}=${project}`, `${OWNER}=${kind}`] }
  if (what === 'container') return (await engine.listContainers({ all: true, filters })).map(({ Id }) => Id)
  return (await engine.listVolumes({ filters })).Volumes.map(({ Name }) => Name)
}

/** The names of the volumes of a Compose project. */
export async function listProjectVolumes(project: string): Promise<string[]> {
  const filters = { label: [`${COMPOSE_PROJECT}=${project}`] }
  return (await engine.listVolumes({ filters })).Volumes.map(({ Name }) => Name).sort()
}

/** The last lines that a container printed, both streams. */
export async function readLog(container: string, lines = 40): Promise<string> {
  const raw = await orUndefined(engine.getContainer(container).logs({ stdout: true, stderr: true, tail: lines }))
  if (raw === undefined) return ''
  // Without a terminal the engine frames each piece of output.
  const framed = new PassThrough()
  const output = new PassThrough()
  engine.modem.demuxStream(framed, output, output)
  framed.once('end', () => output.end()).end(raw)
  return (await text(output)).slice(-FEW)
}

/** Resolves when an event of a wanted kind reaches a container of the project after `since`, or after `ms`. */
export async function nextEvent(project: string, ms: number, since: number): Promise<void> {
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(), ms)
  const filters = { label: [`${COMPOSE_PROJECT}=${project}`], event: ['die', 'oom', 'health_status', 'start'] }
  try {
    const events = (await patient.getEvents({ filters, since: since / 1000, abortSignal: stop.signal })) as Readable
    await once(events, 'data', { signal: stop.signal })
    events.destroy()
  } catch (error) {
    if (!stop.signal.aborted) throw error
  } finally {
    clearTimeout(timer)
  }
}

const EVENT = v.looseObject({ Actor: v.looseObject({ ID: v.string() }) })
/** The ids of the project's containers in which a process ran out of memory, and was killed, after `since` (ms). */
export async function outOfMemorySince(project: string, since: number): Promise<string[]> {
  const filters = { label: [`${COMPOSE_PROJECT}=${project}`], event: ['oom'] }
  const stream = await engine.getEvents({ filters, since: since / 1000, until: Math.max(since, Date.now()) / 1000 })
  const events = parseJsonLines(EVENT, await text(stream), { what: "the engine's events", next: 'make doctor' })
  return events.map(({ Actor }) => Actor.ID)
}

/**
 * All images on this engine. `size` counts the bytes that no other image shares; `created` is in seconds since 1970;
 * `inUse` says whether a container, running or not, uses it.
 */
export async function listImages() {
  const options = { 'shared-size': true }
  const images = await engine.listImages(options as Dockerode.ListImagesOptions)
  const used = new Set((await engine.listContainers({ all: true })).map(({ ImageID }) => ImageID))
  return images.map(({ Id, RepoTags, RepoDigests, Labels, Created, Size, SharedSize }) => {
    const tags = (RepoTags ?? []).filter((tag) => tag !== '<none>:<none>')
    // An image that was pulled by its digest alone also has a name.
    const names = tags.length > 0 ? tags : (RepoDigests ?? []).filter((name) => name !== '<none>@<none>')
    // An image without tags has null here, although the types say otherwise.
    const labels = (Labels as typeof Labels | null) ?? {}
    return { id: Id, tags: names, labels, created: Created, size: Size - SharedSize, inUse: used.has(Id) }
  })
}

/**
 * The bytes that the layers of all images take on this engine, and the bytes of the build cache that no image shares.
 */
export async function readDiskUse(): Promise<{ layers: number; cache: number }> {
  // dockerode's df() cannot leave out the volumes, and walking them takes minutes on some hosts (moby#31951).
  const options = { type: ['image', 'build-cache'] }
  const request = { path: '/system/df?', method: 'GET', options, statusCodes: { 200: true } }
  const asked = new Promise<unknown>((resolve, reject) => {
    engine.modem.dial(request, (error, answer) => (error ? reject(error) : resolve(answer)))
  })
  const { LayersSize = 0, BuildCache } = ((await orUndefined(asked)) ?? {}) as DiskUse
  const own = (BuildCache ?? []).filter(({ Shared }) => !Shared)
  return { layers: LayersSize, cache: own.reduce((sum, { Size }) => sum + Size, 0) }
}
type DiskUse = { LayersSize?: number; BuildCache?: { Shared: boolean; Size: number }[] | null }

/** Undefined where the engine answers "no such object"; any other error is a Failure. */
export async function orUndefined<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined
    throw new Failure(`the Docker engine at ${socketPath} does not answer as it should: ${(error as Error).message}`, {
      next: 'make doctor',
      cause: error,
    })
  }
}

function stateOf(info: Dockerode.ContainerInspectInfo): ContainerState {
  const networks = Object.entries(info.NetworkSettings.Networks)
  return {
    id: info.Id,
    name: info.Name.replace(/^\//, ''),
    service: info.Config.Labels[COMPOSE_SERVICE] ?? '',
    image: info.Image,
    labels: info.Config.Labels,
    status: info.State.Status,
    health: healthOf(info.State.Health),
    exitCode: info.State.ExitCode,
    outOfMemory: info.State.OOMKilled,
    restarts: info.RestartCount,
    startedAt: info.State.StartedAt,
    networks: Object.fromEntries(
      networks.map(([name, network]) => [
        name,
        { address: network.IPAddress, aliases: (network as Aliased).Aliases ?? [] },
      ]),
    ),
    ports: Object.values(info.NetworkSettings.Ports ?? {}).flatMap((bound) =>
      (bound ?? []).map((b) => `${b.HostIp}:${b.HostPort}`),
    ),
  }
}

// The engine calls a container that was paused unhealthy until its next check, whatever the last check said.
function healthOf(health: Dockerode.ContainerInspectInfo['State']['Health']): string | undefined {
  const isWell = health?.FailingStreak === 0 && health.Log?.at(-1)?.ExitCode === 0
  return health?.Status === 'unhealthy' && isWell ? 'healthy' : health?.Status
}

// The types lack the API's own name for it.
type Aliased = { Aliases?: string[] | null }
