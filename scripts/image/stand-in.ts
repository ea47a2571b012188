import type { ImageLock } from './image-lock.ts'

/**
 * An image built from Debian's packages by the Dockerfile in the folder `name`, and the upstream image that it
 * resembles.
 */
export type StandIn = { readonly name: string; readonly upstream: string }

/** The images that get a stand-in once an application needs them. `make setup` builds those of upstream.Dockerfile. */
export const ON_DEMAND: Readonly<Record<string, string>> = {
  debian: 'debian:trixie-slim',
  golang: 'golang:1.24',
  mariadb: 'mariadb:11.8',
  memcached: 'memcached:1.6',
  nginx: 'nginx:1.26',
  redis: 'redis:8',
}

/** Whether stand-ins serve in this checkout: no registry answered when it was set up. */
export const hasStandIns = (lock: ImageLock): boolean => Object.values(lock).some(({ source }) => source === 'stand-in')

/**
 * The stand-in for an image of any tag, where no registry answers. Undefined for an image that has a digest, another
 * registry or owner, or no matching stand-in, and wherever the lock names a registry's images.
 */
export function standInFor(reference: string, lock: ImageLock): StandIn | undefined {
  const [, name = ''] = /^(?:docker\.io\/)?(?:library\/)?([a-z0-9]+)(?::[\w.-]+)?$/.exec(reference) ?? []
  if (!hasStandIns(lock)) return undefined
  const locked = Object.hasOwn(lock, name) ? lock[name] : undefined
  if (locked) return locked.source === 'stand-in' ? { name, upstream: locked.upstream } : undefined
  const upstream = Object.hasOwn(ON_DEMAND, name) ? ON_DEMAND[name] : undefined
  return upstream === undefined ? undefined : { name, upstream }
}

/** The warning that names what runs in an image's place. */
export const sayStandIn = (reference: string, { upstream }: Pick<StandIn, 'upstream'>): string =>
  `no image registry answers: a STAND-IN for ${reference} serves, built from Debian's packages to resemble ${upstream}`

/** Why an image has no stand-in; empty where there is no special reason. */
export const whyNoStandIn = (reference: string): string =>
  /^(?:docker\.io\/)?(?:library\/)?alpine(?::|$)/.test(reference)
    ? "Stand-ins are built from Debian's packages: none has apk or Alpine's packages. FROM debian:trixie-slim has a stand-in."
    : ''
