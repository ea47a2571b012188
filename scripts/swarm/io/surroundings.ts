import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { Failure } from '../../cli/failure.ts'
import { exec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { ofToolkit } from '../../cli/io/places.ts'
import { isPlainFile, readPlainFile } from '../../cli/io/plain-file.ts'
import type { Config } from '../../config/io/read.ts'
import { findVolume } from '../../data/io/volumes.ts'
import { PROXY, unescapeDollars } from '../../docker/compose-model.ts'
import { findImage } from '../../docker/io/engine.ts'
import { renderConfig } from '../../proxy/haproxy.ts'
import { askRegistry, logIn, readPassword } from '../../registry/io/client.ts'
import { registryOf } from '../../registry/name.ts'
import { readSecrets } from '../../release/io/secrets.ts'
import type { Release } from '../../release/model.ts'
import { readLedger, writeLedger } from '../../state/io/ledger.ts'
import { isTexts } from '../../state/records.ts'
import { type Cluster, dataNodeOf } from '../cluster.ts'
import { localServices, type Surroundings } from '../compile.ts'
import { uncounted, withAwait } from '../proxy-config.ts'
import { membersToken } from './members.ts'

/** Finds what a release needs to know of the cluster and this checkout. Pushes the proxy's image, which no registry has. */
export async function readSurroundings(config: Config, release: Release, cluster: Cluster): Promise<Surroundings> {
  const { compose, proxy } = release
  const routes = uncounted(release.routes)
  const files = readMounted(release)
  const local = localServices(compose, files)
  // What the configuration has no use for would start each proxy anew when it changes.
  const sets = Object.fromEntries(
    routes.map(({ service, port, health, threads, tls }) => {
      const endpoint = { port, health, threads, tls }
      return [service, { blue: endpoint, green: endpoint }]
    }),
  )
  return {
    images: await imagesFor(config, release, cluster),
    dataNode: local.length === 0 ? undefined : (await nodeOfData(config, release, cluster, local)).id,
    update: { parallelism: config.UPDATE_PARALLELISM, delay: config.UPDATE_DELAY, monitor: 5 },
    files,
    secrets: await readSecrets(config, compose),
    proxyConfig: withAwait(renderConfig(proxy, routes, sets), routes, proxy.hold, membersToken(config.PROJECT)),
    await: readFileSync(ofToolkit('compose/swarm/await.lua'), 'utf8'),
  }
}

// A read-only file of this checkout goes to all nodes; anything else is of one node.
function readMounted({ compose }: Release): Record<string, string> {
  const mounts = Object.values(compose.services).flatMap(({ volumes = [] }) => volumes)
  const sources = mounts.flatMap(({ type, source = '', read_only }) =>
    type === 'bind' && read_only && !relative(process.cwd(), source).startsWith('..') && isPlainFile(source)
      ? [source]
      : [],
  )
  return Object.fromEntries(
    [...new Set(sources)].map((source) => [source, readPlainFile(unescapeDollars(source), 500_000) ?? '']),
  )
}

async function imagesFor(config: Config, { compose }: Release, cluster: Cluster): Promise<Record<string, string>> {
  const { PROJECT } = config
  const seen = readLedger(isTexts, PROJECT, IMAGES) ?? {}
  const all = await Promise.all(
    Object.entries(compose.services).map(async ([name, { image = '' }]) => {
      if (name === PROXY) return [name, await sharedImage(config, cluster, image, 'proxy')] as const
      const found = await findImage(image)
      const here = found?.RepoDigests?.find((one) => registryOf(one) !== undefined) ?? found?.RepoDigests?.[0]
      const known = here ?? seen[image]
      if (known) return [name, known] as const
      // The engine finds an image by its id where it has it, and a node alone is this one.
      if (cluster.nodes.length === 1 && found) return [name, found.Id] as const
      throw noRegistry(`service "${name}"`)
    }),
  )
  const images = Object.fromEntries(all)
  const named = all.flatMap(([name, known]) => {
    const image = compose.services[name]?.image
    return image && known.includes('@') && seen[image] !== known ? [[image, known]] : []
  })
  if (named.length > 0) writeLedger(PROJECT, [IMAGES], { ...seen, ...Object.fromEntries(named) })
  return images
}
// How a registry calls the images that were deployed: another manager's engine may have none of them.
const IMAGES = 'images.json'

const noRegistry = (what: string) =>
  new Failure(`no registry is known to have the image of ${what}: the other nodes could not get it`, {
    next: 'set IMAGE_REPOSITORY to a registry that all nodes reach, then: make push deploy',
  })

/** An image of the toolkit's, as all nodes can get it. Pushes it where no registry has it: it is built on this engine. */
export async function sharedImage(config: Config, { nodes }: Cluster, image: string, kind: string): Promise<string> {
  const found = await findImage(image)
  const repository = `${config.IMAGE_REPOSITORY}-${kind}`
  const known = found?.RepoDigests?.find((one) => one.startsWith(`${repository}@`)) ?? found?.RepoDigests?.[0]
  if (known && registryOf(known)) return known
  if (nodes.length === 1 && found) return found.Id
  const registry = registryOf(repository)
  if (!found || !registry) throw noRegistry(`the ${kind}`)
  const tag = `${repository}:${found.Id.slice(7, 19)}`
  log.step(`push ${tag}`, `every node needs the ${kind}`)
  await exec(['docker', 'image', 'tag', image, tag])
  await askRegistry(registry, ['docker', 'push', tag], { env: await logIn(config), follow: true })
  const pushed = (await findImage(tag))?.RepoDigests?.find((one) => one.startsWith(`${repository}@`))
  if (pushed) return pushed
  throw new Failure(`${tag} has no digest after it was pushed`, { next: `docker push ${tag}` })
}

/** How the nodes log in to the registry. */
export function readAuth(config: Config) {
  const { IMAGE_REPOSITORY, REGISTRY_USER } = config
  const serveraddress = registryOf(IMAGE_REPOSITORY)
  if (REGISTRY_USER === '' || serveraddress === undefined) return undefined
  return { username: REGISTRY_USER, password: readPassword(config), serveraddress }
}

async function nodeOfData(config: Config, release: Release, cluster: Cluster, local: readonly string[]) {
  const names = release.volumes.map(({ name }) => name)
  const here = (await Promise.all(names.map(findVolume))).some(Boolean)
  return dataNodeOf(cluster, { wanted: config.DATA_NODE, project: config.PROJECT, here, services: local })
}
