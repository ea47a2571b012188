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
import { askRegistry, logIn } from '../../registry/io/client.ts'
import { registryOf } from '../../registry/name.ts'
import { readSecrets } from '../../release/io/secrets.ts'
import type { Release } from '../../release/model.ts'
import { type Cluster, dataNodeOf } from '../cluster.ts'
import { localServices, type Surroundings } from '../compile.ts'
import { withAwait } from '../proxy-config.ts'

/** Finds what a release needs to know of the cluster and this checkout. Pushes the proxy's image, which no registry has. */
export async function readSurroundings(config: Config, release: Release, cluster: Cluster): Promise<Surroundings> {
  const { compose, routes, proxy } = release
  const files = readMounted(release)
  const local = localServices(compose, files)
  const sets = Object.fromEntries(routes.map((route) => [route.service, { blue: route, green: route }]))
  return {
    images: await imagesFor(config, release, cluster),
    dataNode: local.length === 0 ? undefined : (await nodeOfData(config, release, cluster, local)).id,
    update: { parallelism: config.UPDATE_PARALLELISM, delay: config.UPDATE_DELAY, monitor: 5 },
    files,
    secrets: await readSecrets(config, compose),
    proxyConfig: withAwait(renderConfig(proxy, routes, sets), routes, proxy.hold),
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

async function imagesFor(config: Config, { compose }: Release, { nodes }: Cluster): Promise<Record<string, string>> {
  const all = await Promise.all(
    Object.entries(compose.services).map(async ([name, { image = '' }]) => {
      const found = await findImage(image)
      const known = found?.RepoDigests?.find((one) => registryOf(one) !== undefined) ?? found?.RepoDigests?.[0]
      if (known) return [name, known] as const
      if (name === PROXY && registryOf(config.IMAGE_REPOSITORY)) return [name, await pushProxy(config, image)] as const
      // The engine finds an image by its id where it has it, and a node alone is this one.
      if (nodes.length === 1 && found) return [name, found.Id] as const
      throw new Failure(
        `no registry is known to have the image of service "${name}": the other nodes could not get it`,
        {
          next: 'set IMAGE_REPOSITORY to a registry that all nodes reach, then: make push deploy',
        },
      )
    }),
  )
  return Object.fromEntries(all)
}

async function pushProxy(config: Config, image: string): Promise<string> {
  const tag = `${config.IMAGE_REPOSITORY}-proxy:${image.split(':').at(-1)}`
  log.step(`push ${tag}`, 'every node runs the proxy')
  await exec(['docker', 'image', 'tag', image, tag])
  await askRegistry(registryOf(tag) ?? '', ['docker', 'push', tag], { env: await logIn(config), follow: true })
  const repository = tag.slice(0, tag.lastIndexOf(':'))
  const pushed = (await findImage(tag))?.RepoDigests?.find((one) => one.startsWith(`${repository}@`))
  if (pushed) return pushed
  throw new Failure(`${tag} has no digest after it was pushed`, { next: `docker push ${tag}` })
}

async function nodeOfData(config: Config, release: Release, cluster: Cluster, local: readonly string[]) {
  const names = release.volumes.map(({ name }) => name)
  const here = (await Promise.all(names.map(findVolume))).some(Boolean)
  return dataNodeOf(cluster, { wanted: config.DATA_NODE, project: config.PROJECT, here, services: local })
}
